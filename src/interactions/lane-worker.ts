/** A parse thread: opens tasks of the registry, keeps their sessions, finishes and closes them. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { movable, packFailure, sliced, type FromLane, type Slice, type ToLane } from './lane-wire.js';
import type { Task } from './lane.js';

type AnyTask = Task<unknown, unknown, unknown, unknown, unknown>;

if (!parentPort) throw new Error('lane-worker runs as a worker thread only');
const port = parentPort;
const { registry } = workerData as { registry: string };
// The composition root names the registry: this room must not know the rooms above it.
const { tasks: listed } = createRequire(registry)(registry) as { tasks: readonly AnyTask[] };
const tasks = new Map(listed.map((task) => [task.name, task]));
const sessions = new Map<number, { readonly task: AnyTask; readonly session: unknown }>();

/** Results on their way, by their calls. */
const leaving = new Map<number, { readonly slices: Iterator<Slice>; readonly rest: unknown }>();

function perform(message: Extract<ToLane, { kind: 'open' | 'finish' }>): unknown {
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

function begin(message: Extract<ToLane, { kind: 'open' | 'finish' }>): void {
  const { slices, rest } = sliced(perform(message));
  leaving.set(message.call, { slices: slices.values(), rest });
  send(message.call);
}

/** One message at a time, each asked for: Node hands over all that have come before the loop turns. */
function send(call: number): void {
  const result = leaving.get(call);
  if (!result) throw new Error('Nothing of that result is left');
  const { done, value: slice } = result.slices.next();
  if (done !== true) return port.postMessage({ call, slice } satisfies FromLane);
  leaving.delete(call);
  const { value, buffers } = movable(result.rest);
  port.postMessage({ call, result: value } satisfies FromLane, buffers);
}

port.on('message', (message: ToLane) => {
  if (message.kind === 'close') {
    sessions.delete(message.session);
    return;
  }
  try {
    if (message.kind === 'next') send(message.call);
    else begin(message);
  } catch (error) {
    port.postMessage({ call: message.call, failure: packFailure(error) } satisfies FromLane);
  }
});
