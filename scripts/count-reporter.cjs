/** Closes the run with one plain line, so that a script or a person can read the outcome at a glance. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests ? `, ${results.numPendingTests} skipped` : '';
    process.once('exit', () => process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed${skipped}\n`));
  }
};
