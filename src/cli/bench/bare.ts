/** The yardstick on the embedded store: the same store call as the server makes, on the same store in the same process. */
import type { RequestListener } from 'node:http';
import { bind } from '../../access/grant.js';
import { resourceTypes } from '../../fhir/definitions.js';
import { newId } from '../../fhir/id.js';
import { parseJson, type JsonObject } from '../../fhir/json.js';
import type { Services } from '../../interactions/services.js';
import type { SearchPlan } from '../../search/plan.js';
import { parseSearch } from '../../search/query.js';
import type { PutWrite, WriteSet } from '../../store/port.js';
import { createWrite, ReadyPushes } from './recorded.js';
import { RawRows } from './raw-rows.js';
import { askSql } from './searches/ask-sql.js';
import { addCrowd } from './searches/crowd.js';
import type { QuestionName } from './searches/questions.js';
import { bytesOf, yardstick } from './yardstick.js';

/** @param folder of the store */
export function bareHandler(services: Services, folder: string): { readonly listener: RequestListener; close(): Promise<void> } {
  const { store, serverGrant } = services;
  const pushes = new ReadyPushes(services);
  const byHand = askSql(folder, services.baseUrl);
  let sample: PutWrite | undefined;
  let raw: RawRows | undefined;
  const texts = async (plan: SearchPlan) => (await store.search(bind(serverGrant(), plan))).matches.map(({ text }) => text).join(',');

  /** Nothing counts as served that was not written. */
  async function committed(set: WriteSet): Promise<string> {
    const { kind } = await store.commit(set);
    if (kind !== 'committed') throw new Error(`The write was not taken: ${kind}.`);
    return '{}';
  }

  const patientPlan = (patient: string) => parseSearch('Observation', `patient=Patient/${patient}&_count=20&_total=none`, {
    handling: 'strict', now: services.clock(), bases: services.baseUrls, timeZone: services.timeZone, page: { default: 20, max: 1000 },
  }).plan;
  const record = (patient: string): SearchPlan['where'] => ({ kind: 'or', of: [{ kind: 'compartment', patient }, { kind: 'shared-by', patient }] });

  const listener = yardstick({
    read: async ([, type = '', id = '']) => (await store.read(serverGrant(), { type, id }))?.text ?? '',
    search: ([, patient = '']) => texts(patientPlan(patient)),
    everything: ([, patient = '']) => texts({ types: resourceTypes, where: record(patient), sort: [], includes: [], page: { count: 99 }, total: 'if-cheap' }),
    ask: ([, question, patient = '']) => byHand.ask(question as QuestionName, patient),
    async crowd([, count, rpps]) {
      await addCrowd(services, Number(count), rpps);
      return '{}';
    },
    async create(_path, request) {
      const bytes = await bytesOf(request);
      sample ??= createWrite(services, parseJson(bytes.toString('utf8')) as JsonObject);
      const id = newId();
      const before = sample.body.before.replace(sample.id, id);
      return committed({ writes: [{ ...sample, id, body: { ...sample.body, before } }], guards: [] });
    },
    /** The rows of the transaction by the driver alone. */
    async transaction(_path, request) {
      const text = (await bytesOf(request)).toString('utf8');
      if (!raw) {
        const { entry } = parseJson(text) as { entry: { resource: JsonObject }[] } & JsonObject;
        raw = await RawRows.of({ writes: entry.map(({ resource }) => createWrite(services, resource)), guards: [] }, store, folder);
      }
      raw.write();
      return '{}';
    },
    /** Makes `count` pushes ready. */
    async prepare([, kind = '', count = '0']) {
      await pushes.prepare(kind, Number(count));
      return '{}';
    },
    async submit([, kind = ''], request) {
      await bytesOf(request);
      return committed(pushes.take(kind));
    },
  });
  return {
    listener,
    async close() {
      byHand.close();
      raw?.close();
    },
  };
}
