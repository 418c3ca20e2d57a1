/** A parse thread: opens tasks of the registry, keeps their sessions, finishes and closes them. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { movable, packFailure, type FromLane, type ToLane } from './lane-wire.js';
import type { Task } from './lane.js';

type AnyTask = Task<unknown, unknown, unknown, unknown, unknown>;

if (!parentPort) throw new Error('lane-worker runs as a worker thread only');
const port = parentPort;
const { registry } = workerData as { registry: string };
// The composition root names the registry: this room must not know the rooms above it.
const { tasks: listed } = createRequire(registry)(registry) as { tasks: readonly AnyTask[] };
const tasks = new Map(listed.map((task) => [task.name, task]));
const sessions = new Map<number, { readonly task: AnyTask; readonly session: unknown }>();

function perform(message: Exclude<ToLane, { kind: 'close' }>): unknown {
  if (message.kind === 'open') {
    const task = tasks.get(message.task);
    if (!task) throw new Error(`The registry has no task "${message.task}"`);
    const { facts, session } = task.open(message.input);
    sessions.set(message.session, { task, session });
    return facts;
  }
  const open = sessions.get(message.session);
  if (!open) throw new Error('The session is closed');
  return open.task.finish(open.session, message.resolution);
}

port.on('message', (message: ToLane) => {
  if (message.kind === 'close') {
    sessions.delete(message.session);
    return;
  }
  try {
    const { value, buffers } = movable(perform(message));
    port.postMessage({ call: message.call, result: value } satisfies FromLane, buffers);
  } catch (error) {
    port.postMessage({ call: message.call, failure: packFailure(error) } satisfies FromLane);
  }
});
