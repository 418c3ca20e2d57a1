/** The published samples beside the project. Tests that read them are skipped, and say so, where there are none. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `PASSERELLE_SHARED`, else the nearest `shared` beside the project or above it. */
function sharedFolder(): string | undefined {
  const named = process.env.PASSERELLE_SHARED;
  if (named !== undefined) return existsSync(named) ? named : undefined;
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'shared', 'samples'))) return join(folder, 'shared');
  }
  return undefined;
}

/** @returns the folder under `shared/samples`, undefined (with a warning) where it is absent */
export function samples(...path: string[]): string | undefined {
  const shared = sharedFolder();
  const folder = shared === undefined ? undefined : join(shared, 'samples', ...path);
  if (folder !== undefined && existsSync(folder)) return folder;
  console.warn(`SKIPPED: there is no folder shared/samples/${path.join('/')} beside the project`);
  return undefined;
}

/** Files below a folder whose name ends like this, relative to it, in order. */
export const filesBelow = (folder: string | undefined, ...endings: string[]): string[] =>
  folder === undefined ? [] : readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => endings.some((ending) => name.endsWith(ending))).sort();
