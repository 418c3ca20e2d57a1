/** A progress bar on standard error, for as long as some work lasts; silent where nobody looks. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** @param done of the total; more than it when the total was an estimate */
  at(done: number): void;
}

/** @param total undefined where nobody knows it: then what was done is counted */
export async function withProgress<T>(title: string, total: number | undefined, work: (progress: Progress) => Promise<T>): Promise<T> {
  const format = total === undefined ? `${title} {value}` : `${title} {bar} {percentage}% {eta_formatted}`;
  const bar = new SingleBar({ format, stream: process.stderr, noTTYOutput: false, etaBuffer: 100, clearOnComplete: false }, Presets.shades_classic);
  let known = total ?? 0;
  bar.start(known, 0);
  try {
    return await work({
      at(done) {
        if (done > known) bar.setTotal((known = done));
        bar.update(done);
      },
    });
  } finally {
    bar.stop();
  }
}
