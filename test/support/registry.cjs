/** The tasks of the product, for the parse threads of tests. */
const { resourceTask } = require('../../dist/interactions/resource-task.js');
const { bundleTask } = require('../../dist/interactions/bundle/bundle-task.js');
const { submitTask } = require('../../dist/documents/submit-task.js');

module.exports = { tasks: [resourceTask, bundleTask, submitTask] };
