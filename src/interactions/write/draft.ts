/** A resource on its way in. Where it came from (a body, an entry of a Bundle, raw bytes) makes no difference from here on. */
import type { ContentRef, Store } from '../../store/port.js';
import type { ResourceFacts } from './examine.js';
import type { Changed, Rendered, RenderRequest } from './render.js';

export interface Draft {
  readonly facts: ResourceFacts;
  render(request: RenderRequest): Promise<Rendered>;
  /** The bytes of a Binary, staged on the first call. */
  content(rendered: Changed): Promise<ContentRef | undefined>;
}

const step = 256 * 1024;
async function* inSteps(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

/** Stages the data that a rendered Binary hands out, once; later attempts name the same content. */
export function stagedOnce(store: Pick<Store, 'stage'>): Draft['content'] {
  let staged: ContentRef | undefined;
  return async (rendered) => {
    const { data, resource } = rendered;
    if (data) staged = await store.stage(inSteps(data), typeof resource.contentType === 'string' ? resource.contentType : 'application/octet-stream');
    return staged;
  };
}
