import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addToken, signToken } from '../../src/cli/token';
import { readSettings } from '../../src/config';

const folder = mkdtempSync(join(tmpdir(), 'passerelle-token-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const settings = readSettings({ DATA_DIR: folder });
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('passerelle token', () => {
  it.each([
    [{ as: 'professional', rpps: '10099900022', structure: '1290099922' }, { rpps: '10099900022', structure: '1290099922' }],
    [{ as: 'system', structure: '350099911' }, { structure: '350099911' }],
    [{ as: 'patient', ins: '1.2.250.1.213.1.4.10|279035121518989' }, { ins: '1.2.250.1.213.1.4.10|279035121518989' }],
    [{ as: 'operator' }, { passerelle_role: 'operator' }],
  ] as const)('signs one for %j, valid as long as asked', async (options, claims) => {
    const signed = claimsOf(await signToken(settings, { ...options, expires: 900 }));
    expect(signed).toMatchObject({ ...claims, passerelle_role: options.as, aud: settings.fhirBase, iss: `${settings.baseUrl}/auth` });
    expect(Number(signed.exp) - Number(signed.iat)).toBe(900);
  });

  it.each([
    [{ as: 'professional' }, /--rpps/], [{ as: 'professional', rpps: '123' }, /RPPS/], [{ as: 'system' }, /--structure/],
    [{ as: 'patient' }, /--ins/], [{ as: 'patient', ins: '279035121518989' }, /ins/],
  ] as const)('says what is wrong with %j rather than print a token that the server refuses', async (options, words) => {
    await expect(signToken(settings, { ...options, expires: 900 })).rejects.toThrow(words);
  });

  it.each(['0m', '900', '1w', '-5m'])('refuses to be valid for %s, and says how it is written', async (duration) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    addToken(program);
    program.commands[0]?.exitOverride().configureOutput({ writeErr: () => undefined });
    await expect(program.parseAsync(['node', 'passerelle', 'token', '--as', 'operator', '--expires', duration])).rejects.toThrow(/--expires.*15m/s);
  });

  it('signs nothing where the server takes no embedded issuer', async () => {
    await expect(signToken(readSettings({ DATA_DIR: folder, AUTH_ISSUERS: 'https://issuer.example' }), { as: 'operator', expires: 1 })).rejects.toThrow(/AUTH_ISSUERS/);
  });
});
