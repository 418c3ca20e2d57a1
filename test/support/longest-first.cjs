/** Files that last longest begin first, so that no worker is left alone with one of them at the end. The others follow by size, as is usual. */
const { default: Sequencer } = require('@jest/test-sequencer');

const longest = [
  'mongodb e2e/leaks/matrix', 'embedded store/mongodb/search/contract', 'embedded contract/mongodb', 'embedded contract/embedded', 'embedded cli/faults/campaign', 'mongodb access/enforcement', 'embedded store/mongodb/upkeep/contract',
  'embedded e2e/leaks/matrix', 'mongodb interactions/write/contention', 'embedded store/mongodb/small-cache', 'embedded e2e/durability', 'embedded maintenance/archive', 'mongodb interactions/search-places', 'mongodb e2e/reindexing',
  'embedded fhir/xml/every-type', 'embedded store/embedded/search/contract', 'embedded e2e/event-loop', 'embedded store/embedded/upkeep/contract', 'mongodb search/tables', 'mongodb operations/docref', 'mongodb operations/versions', 'mongodb operations/everything',
  'embedded store/mongodb/bad-input', 'embedded store/mongodb/start', 'embedded e2e/processes', 'embedded store/mongodb/search/steps', 'embedded maintenance/verify', 'embedded cli/upkeep',
];
const place = ({ path, context: { config: { displayName, rootDir } } }) => {
  const at = longest.indexOf(`${displayName?.name} ${path.slice(`${rootDir}/test/`.length, -'.test.ts'.length)}`);
  return at < 0 ? longest.length : at;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
};
