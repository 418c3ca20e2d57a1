/** Folders that the settings name: made where they are not there, or refused by the name of the setting. */
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { defaultStoreUrl, refusal, SettingError, settings as table, type Settings } from './config.js';
import { makeFolder } from './make-folder.js';

/** @throws SettingError for a path that is no folder, that cannot be made, or in which nothing may be written */
function folderOf({ name, accepts }: { readonly name: string; readonly accepts: string }, written: string, path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new SettingError(`${refusal(name, written, accepts)} That one is none, cannot be made, or may not be written in (${code}).`);
  }
}

/** The folder of DATA_DIR. @throws SettingError */
export const makeDataFolder = ({ dataDir }: Settings): void => folderOf(table.dataDir, dataDir, dataDir);

/** What a server keeps in folders: those of the embedded store, and of the keys of the test issuer. @throws SettingError */
export function makeFolders(settings: Settings): void {
  const { storeUrl, dataDir, authIssuers } = settings;
  const own = storeUrl === defaultStoreUrl(dataDir);
  if (own || authIssuers.includes('embedded')) makeDataFolder(settings);
  if (!own && storeUrl.startsWith('file:')) folderOf(table.storeUrl, storeUrl, resolve(storeUrl.slice('file:'.length)));
}
