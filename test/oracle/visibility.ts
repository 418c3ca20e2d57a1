/**
 * Who sees what, told plainly over a list: rules 4 and 5, design 3.5. Written from the rules and the types of
 * `src/access`, with nothing of a store in it, so that a store can be compared with it.
 */
import type { Reach } from '../../src/access/grant';
import type { ConsentRule, VisibilityLabel } from '../../src/access/facts';
import type { World, WorldResource } from './world';

const shares = (one: readonly string[], other: readonly string[]): boolean => one.some((item) => other.includes(item));

/** Documents that share a chain key, directly or through others, are one chain. */
function chainOf(world: World, documentId: string): WorldResource[] {
  const documents = world.resources.filter((resource) => resource.type === 'DocumentReference' && resource.access.documentFacts);
  const chain = documents.filter((document) => document.id === documentId);
  const keys = new Set(chain.flatMap((document) => document.access.documentFacts?.chainKeys ?? []));
  for (let grown = true; grown; ) {
    grown = false;
    for (const document of documents) {
      const own = document.access.documentFacts?.chainKeys ?? [];
      if (chain.includes(document) || !own.some((key) => keys.has(key))) continue;
      chain.push(document);
      for (const key of own) keys.add(key);
      grown = true;
    }
  }
  return chain;
}

const documentOf = (resource: WorldResource): string | undefined =>
  resource.type === 'DocumentReference' && resource.access.documentFacts ? resource.id : resource.access.document;

interface ChainFacts {
  readonly labels: readonly VisibilityLabel[];
  /** Of the document itself. */
  readonly authors: readonly string[];
  readonly documents: readonly string[];
}
function chainFacts(world: World, resource: WorldResource): ChainFacts {
  const document = documentOf(resource);
  const chain = document === undefined ? [] : chainOf(world, document);
  return {
    labels: chain.flatMap((member) => member.access.documentFacts?.labels ?? []),
    authors: chain.filter((member) => member.id === document).flatMap((member) => member.access.documentFacts?.authors ?? []),
    documents: chain.map((member) => member.id),
  };
}

/** Of the chain of the document that a resource stands under. */
export const labelsOf = (world: World, resource: WorldResource): readonly VisibilityLabel[] => chainFacts(world, resource).labels;

const rulesInForce = (world: World, moment: number): ConsentRule[] =>
  world.resources.flatMap((resource) => resource.access.rules ?? []).filter((rule) => rule.from <= moment && moment < rule.until);

/** @param moment ms UTC */
export function sees(world: World, reach: Reach, moment: number, resource: WorldResource): boolean {
  const { exposure, owners, structures } = resource.access;
  if (reach.kind === 'everything' || exposure === 'public') return true;
  const { labels, authors, documents } = chainFacts(world, resource);
  if (reach.kind === 'patient') {
    if (reach.patient === undefined || !owners.includes(reach.patient)) return false;
    return exposure === 'subject' || (exposure === 'owned' && !labels.includes('INVISIBLE_PATIENT'));
  }
  if (exposure === 'subject') return false;
  const rules = rulesInForce(world, moment);
  const closed = rules.some((rule) => rule.effect === 'close' && owners.includes(rule.patient));
  const blocked = rules.some((rule) => rule.effect === 'block' && owners.includes(rule.patient) && shares(rule.actors ?? [], reach.keys));
  if (closed || blocked) return false;
  const masked = rules.some((rule) => rule.effect === 'mask' && owners.includes(rule.patient) && rule.document !== undefined && documents.includes(rule.document)
    && (rule.actors === undefined || shares(rule.actors, reach.keys)));
  if (masked) return false;
  // The software of the structure that wrote a document stands on the side of its authors: no label hides from it what it wrote.
  if (reach.kind === 'structure') return structures.includes(reach.structure);
  return exposure === 'owned' && (!labels.includes('MASQUE_PS') || shares(authors, reach.keys));
}
