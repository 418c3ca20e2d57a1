import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, settings, SettingError } from '../src/config';

const refusal = (environment: Record<string, string>): string => {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingError) return error.message;
    throw error;
  }
  throw new Error('the settings were taken');
};

describe('settings', () => {
  it('listens on loopback with the embedded issuer and store unless told otherwise', () => {
    expect(readSettings({})).toMatchObject({
      host: '127.0.0.1', port: 8080, baseUrl: 'http://127.0.0.1:8080', fhirBase: 'http://127.0.0.1:8080/fhir', authMode: 'token',
      authIssuers: ['embedded'], authAudience: 'http://127.0.0.1:8080/fhir', identityDomain: 'production', timeZone: 'Europe/Paris', demo: false,
    });
  });

  it.each([
    ['PORT', '99999'], ['PORT', 'http'], ['BASE_URL', 'ftp://x'], ['BASE_URL', 'http://x/?a=b'], ['AUTH_MODE', 'none'], ['IDENTITY_DOMAIN', 'demo'],
    ['TIME_ZONE', 'Mars/Base'], ['BODY_LIMIT', 'much'], ['ENTRIES_LIMIT', '0'], ['REFERENTIAL_INTEGRITY', 'true'], ['STORE_URL', 'postgres://x'],
    ['AUTH_ISSUERS', 'not a url'], ['DEMO', 'yes'], ['LOG_LEVEL', 'loud'],
    ...['BODY_LIMIT', 'DOCUMENT_LIMIT', 'BINARY_LIMIT', 'TRANSACTION_STORE_BYTES'].flatMap((limit) => ['0', '0MB', '-1', '1.5MB', '999999999GB'].map((value) => [limit, value] as [string, string])),
    ['BODY_LIMIT', '512MB'], ['DOCUMENT_LIMIT', '2GB'], ['COMPRESS_FROM', '2GB'],
  ])('refuses %s=%s with its name and what it accepts', (name, value) => {
    const accepts = Object.values(settings).find((row) => row.name === name)?.accepts;
    expect(refusal({ [name]: value })).toContain(name);
    expect(refusal({ [name]: value })).toContain(accepts);
  });

  it.each(['mongodb://a.example,b.example/records?replicaSet=rs0', 'mongodb+srv://user:secret@db.example'])('takes %s as STORE_URL', (url) => {
    expect(readSettings({ STORE_URL: url, READ_CONCERN: 'linearizable', TRANSACTION_STORE_BYTES: '64MB' })).toMatchObject({
      storeUrl: url, readConcern: 'linearizable', transactionStoreBytes: 64 * 1024 * 1024,
    });
    expect(readSettings({ STORE_URL: url })).toMatchObject({ readConcern: 'majority' });
  });

  it('never repeats a STORE_URL that it refuses: it may hold a password', () => {
    expect(refusal({ STORE_URL: 'mongo://user:secret@db.example' })).not.toContain('secret');
  });

  it('reads sizes in bytes, KB, MB and GB', () => {
    expect(readSettings({ BINARY_LIMIT: '2GB', COMPRESS_FROM: '0', BODY_LIMIT: '500MB' })).toMatchObject({ binaryLimit: 2 * 1024 ** 3, compressFrom: 0, bodyLimit: 500 * 1024 ** 2 });
    expect(readSettings({ BODY_LIMIT: '2MB', DOCUMENT_LIMIT: '300' })).toMatchObject({ bodyLimit: 2 * 1024 * 1024, documentLimit: 300 });
  });

  it.each([
    [{ HOST: '0.0.0.0', AUTH_MODE: 'open', AUTH_ISSUERS: 'https://issuer.example' }, 'AUTH_MODE=open'],
    [{ HOST: '0.0.0.0', AUTH_ISSUERS: 'embedded' }, 'AUTH_ISSUERS=embedded'],
    [{ BASE_URL: 'https://fhir.example', AUTH_ISSUERS: 'embedded' }, 'AUTH_ISSUERS=embedded'],
    [{ HOST: '0.0.0.0' }, 'AUTH_ISSUERS is empty'],
  ])('refuses %j beyond loopback, and takes it in a demonstration', (environment, words) => {
    expect(refusal(environment)).toContain(words);
    expect(readSettings({ ...environment, DEMO: 'true' }).demo).toBe(true);
  });

  it.each(['127.0.0.1', 'localhost', '::1', '127.8.9.10'])('counts %s as loopback', (host) => {
    expect(readSettings({ HOST: host }).authIssuers).toEqual(['embedded']);
  });

  it('are all on their page of the documentation, as the table says them', () => {
    const root = join(__dirname, '..');
    const made = execFileSync(process.execPath, ['--input-type=module', '-e', "import('./scripts/settings-page.mjs').then(({ page }) => process.stdout.write(page))"], { cwd: root, encoding: 'utf8' });
    expect(readFileSync(join(root, 'docs', 'settings.md'), 'utf8')).toBe(made);
  });
});
