/** Tasks to try the parse threads with. */
const { threadId } = require('node:worker_threads');
const { fail } = require('../../dist/fhir/failure.js');

const echo = {
  name: 'echo',
  open: (input) => ({ facts: { thread: threadId, size: input.bytes?.length ?? 0, bytes: input.bytes }, session: { said: input.said, times: 0 } }),
  finish: (session, word) => ({ text: `${session.said} ${word} ${++session.times}` }),
};
const refuse = { name: 'refuse', open: () => { throw fail('too-deep', { limit: 3, setting: 'X' }, { headers: { 'Retry-After': '9' } }); }, finish: () => undefined };
const stumble = { name: 'stumble', open: () => { throw new RangeError('a fault of ours'); }, finish: () => undefined };
const die = { name: 'die', open: () => ({ facts: undefined, session: undefined }), finish: () => process.exit(1) };
/** Lists of so many numbers, and bytes beside them. */
const count = {
  name: 'count',
  open: ({ to }) => ({ facts: { few: [1, 2], many: Array.from({ length: to }, (_, index) => index), bytes: [new Uint8Array([1]), new Uint8Array([2])] }, session: to }),
  finish: (to) => ({ one: Array.from({ length: to }, (_, index) => [index]), other: Array.from({ length: 300 }, (_, index) => `${index}`) }),
};

module.exports = { tasks: [echo, refuse, stumble, die, count] };
