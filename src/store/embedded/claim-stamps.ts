/**
 * Who holds a claim is asked again and again (each token names a person, a professional, a structure) and hardly ever
 * changes, so the main thread remembers it. It must never be late, not even before the step that changed it is answered: the
 * writer and the main thread share a stamp for each claim. It is odd from before the holder changes until the transaction
 * has ended (whoever asks then asks the database) and another even number from then on.
 */
import type { Claim, ResourceKey } from '../port.js';

/** Many claims share one: a change of one of them has the others asked for again. */
const stampCount = 1024;
export type Stamps = Int32Array<SharedArrayBuffer>;
export const newStamps = (): Stamps => new Int32Array(new SharedArrayBuffer(stampCount * Int32Array.BYTES_PER_ELEMENT));

/** Who holds the identifier of a document is asked once, when it is pushed. */
const isLasting = ({ kind }: Claim): boolean => kind !== 'document';

function stampOf({ value }: Claim): number {
  let hash = 0;
  for (let index = 0; index < value.length; index++) hash = (Math.imul(hash, 31) + value.charCodeAt(index)) | 0;
  return hash & (stampCount - 1);
}
const isOdd = (number: number): boolean => (number & 1) === 1;

/** The writer's side. */
export class ChangingClaims {
  private readonly changing = new Set<number>();
  constructor(private readonly stamps: Stamps) {}

  /** To be called before the holder of the claim, or whether they are deleted, is changed. */
  begin(claim: Claim): void {
    if (!isLasting(claim)) return;
    const stamp = stampOf(claim);
    if (this.changing.has(stamp)) return;
    this.changing.add(stamp);
    Atomics.add(this.stamps, stamp, 1);
  }

  /** The transaction stands, or was rolled back. */
  end(): void {
    for (const stamp of this.changing) Atomics.add(this.stamps, stamp, 1);
    this.changing.clear();
  }
}

export type Holder = ({ readonly deleted: boolean } & ResourceKey) | undefined;
interface Remembered {
  readonly holder: Holder;
  readonly place: number;
  readonly stamp: number;
}
/** Claims remembered at most. */
const kept = 20_000;

/** The main thread's side. */
export class KnownHolders {
  private readonly known = new Map<string, Remembered>();
  /** @param ask asks the database */
  constructor(private readonly stamps: Stamps, private readonly ask: (claim: Claim) => Holder) {}

  holder(claim: Claim): Holder {
    if (!isLasting(claim)) return this.ask(claim);
    // No value in the database holds a NUL.
    const key = `${claim.kind}\0${claim.system}\0${claim.value}`;
    const known = this.known.get(key);
    if (known !== undefined && Atomics.load(this.stamps, known.place) === known.stamp) return known.holder;
    return this.askAndRemember(claim, key);
  }

  /** The stamp is read before the database: what changes in between makes it another one. */
  private askAndRemember(claim: Claim, key: string): Holder {
    const place = stampOf(claim);
    const stamp = Atomics.load(this.stamps, place);
    const holder = this.ask(claim);
    if (isOdd(stamp)) return holder;
    if (this.known.size >= kept) this.known.clear();
    this.known.set(key, { holder, place, stamp });
    return holder;
  }
}
