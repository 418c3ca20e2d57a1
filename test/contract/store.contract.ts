/**
 * The contract of the store port: what every store must do, whatever it is made of.
 * @param open makes an empty store under test
 */
import { erasureContract } from './erasure.contract';
import { historyContract } from './history.contract';
import { readsContract } from './reads.contract';
import { sizeContract } from './size.contract';
import type { Subject, SubjectFactory, SubjectKind } from './support';
import { visibilityContract } from './visibility.contract';
import { writesContract } from './writes.contract';

export function storeContract(name: string, kind: SubjectKind, open: SubjectFactory): void {
  describe(name, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.end());
    for (const contract of [writesContract, readsContract, historyContract, visibilityContract, erasureContract, sizeContract]) contract(() => subject, kind);
  });
}
