/** Loaded before a server that is tested (`--require`): its job on the index stands still once it has done HOLD_AT resources. */
const { IndexKeeper } = require('../../dist/maintenance/index-keeper.js');

const start = IndexKeeper.prototype.start;
IndexKeeper.prototype.start = function held() {
  const { index } = this.options.store;
  const step = index.step.bind(index);
  index.step = async (entriesOf) => ((await index.state()).job?.done >= Number(process.env.HOLD_AT) ? 'idle' : step(entriesOf));
  return start.call(this);
};
