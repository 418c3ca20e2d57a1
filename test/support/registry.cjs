/** The tasks of the product, as its parse threads load them. */
module.exports = require('../../dist/tasks.js');
