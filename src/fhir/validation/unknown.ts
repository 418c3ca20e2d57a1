/** What to say of a key that a structure does not have. */
import { choiceName, type Structure } from '../definitions.js';
import type { Walk } from './walk.js';

const plainKey = /^[A-Za-z_]\w{0,63}$/;

/** The key is text of the caller: it is shown only when it looks like the name of an element. */
export function reportUnknown(structure: Structure, key: string, walk: Walk): void {
  if (!plainKey.test(key)) return walk.report('structure', `${structure.name} has no element of this name: remove it`);
  const bare = key.replace(/^_/, '');
  const choice = structure.elements.find((element) => element.choice && (bare === element.name || (bare.startsWith(element.name) && /^[A-Z]/.test(bare.slice(element.name.length)))));
  if (choice) {
    const names = choice.types.map(({ code }) => choiceName(choice.name, code));
    const offered = names.length > 12 ? `such as ${names.slice(0, 4).join(', ')}` : names.join(', ');
    return walk.report('structure', `"${key}" is not a type that ${choice.name}[x] takes. It takes ${offered}`, choice.name);
  }
  const near = structure.elements.find(({ name }) => alike(name, bare))?.name;
  const advice = key === `_${near}` ? 'this one has no extensions of that kind' : near === undefined ? 'remove it, or say it in an extension' : `perhaps "${near}" is meant`;
  walk.report('structure', `${structure.name} has no element "${key}": ${advice}`, key);
}

/** The same but for case, or for one letter added, left out, changed or swapped with the next. */
function alike(name: string, key: string): boolean {
  if (name.toLowerCase() === key.toLowerCase()) return true;
  if (Math.abs(name.length - key.length) > 1 || name.length < 3) return false;
  let same = 0;
  while (same < name.length && name[same] === key[same]) same++;
  const rest = (text: string, from: number): string => text.slice(same + from);
  return rest(name, 1) === rest(key, 1) || rest(name, 0) === rest(key, 1) || rest(name, 1) === rest(key, 0)
    || (name[same] === key[same + 1] && name[same + 1] === key[same] && rest(name, 2) === rest(key, 2));
}
