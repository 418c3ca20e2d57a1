/** `passerelle token`: one token of the embedded test issuer on standard output, and nothing else. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { actorOfClaims } from '../access/caller.js';
import { createIssuer } from '../access/issuer.js';
import { Failure } from '../fhir/failure.js';
import { readSettings, type Settings } from '../config.js';
import { makeDataFolder } from '../folders.js';
import { issuerKeyFile } from '../main.js';
import { CommandError } from './command-error.js';

interface TokenOptions {
  readonly as: 'professional' | 'patient' | 'system' | 'operator';
  readonly rpps?: string;
  readonly structure?: string;
  readonly ins?: string;
  readonly expires: number;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `15m` -> seconds */
function seconds(text: string): number {
  const match = /^([1-9]\d{0,4})([smhd])$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write a number and s, m, h or d: 15m.');
  return Number(match[1]) * (units[match[2] ?? ''] ?? 1);
}

const defaultExpiry = '15m';

function required(value: string | undefined, option: string, kind: string): string {
  if (value === undefined) throw new CommandError(`--as ${kind} needs ${option}.`);
  return value;
}

/** The claims that say who the caller is (docs/access.md). */
export const claimsFor: Readonly<Record<TokenOptions['as'], (options: TokenOptions) => Record<string, unknown>>> = {
  operator: () => ({ sub: 'operator', passerelle_role: 'operator' }),
  professional: ({ rpps, structure }) => ({
    sub: 'professional', passerelle_role: 'professional', rpps: required(rpps, '--rpps', 'professional'), ...(structure ? { structure } : {}),
  }),
  system: ({ structure }) => ({ sub: 'system', passerelle_role: 'system', structure: required(structure, '--structure', 'system') }),
  patient: ({ ins }) => ({ sub: 'patient', passerelle_role: 'patient', ins: required(ins, '--ins', 'patient') }),
};

/** The claims, once they are seen to name somebody: a token that the server would refuse is not printed. */
function usableClaims(options: TokenOptions): Record<string, unknown> {
  const claims = claimsFor[options.as](options);
  try {
    actorOfClaims(claims);
  } catch (error) {
    throw error instanceof Failure ? new CommandError(`${error.message} (--as ${options.as})`) : error;
  }
  return claims;
}

/** A signed token of the embedded issuer of these settings. */
export async function signToken(settings: Settings, options: TokenOptions): Promise<string> {
  if (!settings.authIssuers.includes('embedded')) throw new CommandError('AUTH_ISSUERS does not hold "embedded": ask your issuer for a token.');
  makeDataFolder(settings);
  const issuer = await createIssuer({ keyFile: issuerKeyFile(settings), issuer: `${settings.baseUrl}/auth`, audience: settings.authAudience });
  return issuer.sign(usableClaims(options), options.expires);
}

export function addToken(program: Command): void {
  program.command('token')
    .description('Print one token of the embedded test issuer, for the server with the same DATA_DIR and BASE_URL.')
    .addOption(new Option('--as <kind>', 'who the bearer is').choices(['professional', 'patient', 'system', 'operator']).makeOptionMandatory())
    .option('--rpps <number>', 'professional: RPPS (11 digits) or national id (IdNat_PS)')
    .option('--structure <id>', 'professional or system: FINESS (9), SIRET (14) or national id of the structure')
    .option('--ins <oid|matricule>', "patient: the INS, for example '1.2.250.1.213.1.4.10|279035121518989'")
    .addOption(new Option('--expires <duration>', 'how long it is valid: 30s, 15m, 1h, 1d').default(seconds(defaultExpiry), defaultExpiry).argParser(seconds))
    .action(async (options: TokenOptions) => {
      process.stdout.write(`${await signToken(readSettings(process.env), options)}\n`);
    });
}
