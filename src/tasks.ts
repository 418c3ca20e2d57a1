/** Every task that a parse thread can be given, by its name: the module that the threads load (see `interactions/lane.ts`). */
import { bundleTask } from './interactions/bundle/bundle-task.js';
import { indexTask } from './interactions/index-task.js';
import { maskTask } from './interactions/mask.js';
import { patchTask } from './interactions/patch-task.js';
import { xmlTask } from './interactions/represent.js';
import { resourceTask } from './interactions/resource-task.js';
import { submitTask } from './documents/submit-task.js';

export const tasks = [resourceTask, patchTask, bundleTask, maskTask, indexTask, xmlTask, submitTask];
