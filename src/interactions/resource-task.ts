/** One resource from bytes to what the store writes: the task that runs on a lane. */
import { readResource } from '../fhir/resource.js';
import type { Task } from './lane.js';
import type { BodyFormat } from './negotiate.js';
import { examine, type Address, type Examined, type ReadingSettings, type ResourceFacts } from './write/examine.js';
import { render, type Rendered, type RenderRequest } from './write/render.js';

export interface ResourceInput {
  readonly bytes: Uint8Array;
  readonly format: BodyFormat;
  /** Of the Content-Type. */
  readonly charset?: string;
  readonly address: Address;
  readonly settings: ReadingSettings;
}

interface Session {
  readonly examined: Examined;
  readonly settings: ReadingSettings;
}

/** `open` reads, checks and identifies; `finish` gives halves, index entries and what the decisions need. */
export const resourceTask: Task<ResourceInput, ResourceFacts, Session, RenderRequest, Rendered> = {
  name: 'resource',
  open({ bytes, format, charset, address, settings }) {
    const examined = examine(readResource(bytes, format, charset), address, settings);
    return { facts: examined.facts, session: { examined, settings } };
  },
  finish: ({ examined, settings }, request) => render(examined, request, settings),
};
