/** What a transaction is about to write, as the access facts of its resources see it. */
import { objects, object, textOf } from '../../fhir/elements.js';
import { parseReference } from '../../fhir/reference.js';
import type { Claim, ResourceKey } from '../../store/port.js';
import { createPace } from '../pace.js';
import type { UnderWay } from '../write/facts-lookup.js';
import type { Changed } from '../write/render.js';
import { keyText } from './resolve.js';

export interface Rendering {
  readonly key: ResourceKey;
  readonly rendered: Changed;
}

export const claimText = ({ kind, system, value }: Claim): string => `${kind} ${system} ${value}`;

/** `Type/id` of the attachments of a DocumentReference. */
function attachments({ rendered }: Rendering): readonly string[] {
  return objects(rendered.resource.content).flatMap((content) => {
    const parsed = parseReference(textOf(object(content.attachment)?.url) ?? '');
    return parsed?.form === 'local' ? [`${parsed.type}/${parsed.id}`] : [];
  });
}

export async function underWayOf(renderings: readonly Rendering[], deleted: readonly ResourceKey[]): Promise<UnderWay> {
  const written = new Map<string, Rendering>();
  const gone = new Set(deleted.map(keyText));
  const holders = new Map<string, ResourceKey>();
  const attached = new Map<string, string>();
  const pace = createPace();
  for (const rendering of renderings) {
    const { key, rendered } = rendering;
    written.set(keyText(key), rendering);
    for (const claim of rendered.claims) holders.set(claimText(claim), key);
    if (key.type === 'DocumentReference') for (const url of attachments(rendering)) attached.set(url, key.id);
    await pace();
  }
  return {
    resource(key) {
      const ours = written.get(keyText(key));
      if (ours) return { resource: ours.rendered.resource, entries: ours.rendered.entries };
      return gone.has(keyText(key)) ? 'deleted' : undefined;
    },
    holder: (claim) => holders.get(claimText(claim)),
    attachedTo: (key) => attached.get(keyText(key)),
  };
}
