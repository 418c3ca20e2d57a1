/** A manufactured product (.43) → Medication (french-interop 6.4). The pharmacy elements are known by their namespace. */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept } from '../datatypes/codes.js';
import { attribute, child, children, compact, inTable, PHARM, textOf } from '../datatypes/elements.js';
import { quantity } from '../datatypes/quantities.js';
import { timeOf } from '../datatypes/timestamps.js';
import type { Entry } from './scribe.js';

/** Extensions of IHE MPD, which the French and the European profiles of Medication use. */
const mpd = (name: string): string => `https://profiles.ihe.net/PHARM/MPD/StructureDefinition/ihe-ext-medication-${name}`;

export interface Product {
  readonly material: XmlElement;
  /** Code with translations; text from the narrative, else the name. Undefined when the product is not named at all. */
  readonly code?: JsonObject;
  readonly name?: string;
  readonly manufacturer?: string;
  readonly lotNumber?: string;
  /** dateTime */
  readonly expiration?: string;
}

/** The product of a statement; undefined without one. */
export function productOf(statement: XmlElement, { reading }: Entry): Product | undefined {
  const product = child(child(statement, 'consumable'), 'manufacturedProduct');
  const material = child(product, 'manufacturedMaterial') ?? child(product, 'manufacturedLabeledDrug');
  if (material === undefined) return undefined;
  const name = textOf(child(material, 'name'));
  const found = concept(child(material, 'code'), reading);
  const code = found === undefined ? (name === undefined ? undefined : { text: name }) : found.text === undefined && name !== undefined ? { ...found, text: name } : found;
  const manufacturer = textOf(child(child(product, 'manufacturerOrganization'), 'name'));
  const lotNumber = textOf(child(material, 'lotNumberText'));
  const expiration = timeOf(child(material, 'expirationTime', PHARM) ?? child(material, 'expirationTime'), reading);
  return {
    material, ...(code === undefined ? {} : { code }), ...(name === undefined ? {} : { name }), ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(lotNumber === undefined ? {} : { lotNumber }), ...(expiration === undefined ? {} : { expiration }),
  };
}

/** The Medication of a product, without its code when the document names none. */
export function medicationOf({ material, code, name, manufacturer, lotNumber, expiration }: Product, entry: Entry): JsonObject {
  const { reading } = entry;
  const classes = children(material, 'asSpecializedKind', PHARM).map((kind) => named(child(kind, 'generalizedMedicineClass', PHARM), entry)).filter((found) => found !== undefined);
  const pack = packed(material, entry);
  return compact({
    resourceType: 'Medication',
    extension: [
      ...(name === undefined ? [] : [{ url: mpd('productname'), valueString: name }]),
      ...classes.map((found) => ({ url: mpd('classification'), valueCodeableConcept: found })),
      ...pack.extension,
    ],
    code,
    manufacturer: manufacturer === undefined ? undefined : { display: manufacturer },
    form: concept(child(material, 'formCode', PHARM) ?? child(material, 'formCode'), reading),
    amount: pack.amount,
    ingredient: children(material, 'ingredient', PHARM).map((ingredient) => ingredientOf(ingredient, entry)).filter((found) => found !== undefined),
    batch: compact({ lotNumber, expirationDate: expiration }),
  });
}

/** `pharm:code` with the name where it has no text of its own. */
function named(element: XmlElement | undefined, { reading }: Entry): JsonObject | undefined {
  const name = textOf(child(element, 'name', PHARM));
  const found = concept(child(element, 'code', PHARM), reading);
  if (found === undefined) return name === undefined ? undefined : { text: name };
  return found.text === undefined && name !== undefined ? { ...found, text: name } : found;
}

const activity: Readonly<Record<string, boolean>> = { ACTI: true, ACTIB: true, ACTIM: true, ACTIR: true, IACT: false, ADTV: false, BASE: false };

function ingredientOf(ingredient: XmlElement, entry: Entry): JsonObject | undefined {
  const { reading } = entry;
  const item = named(child(ingredient, 'ingredient', PHARM), entry);
  if (item === undefined) return undefined;
  const amount = child(ingredient, 'quantity', PHARM);
  const numerator = quantity(either(amount, 'numerator'), reading);
  const denominator = quantity(either(amount, 'denominator'), reading);
  return compact({
    itemCodeableConcept: item, isActive: inTable(activity, attribute(ingredient, 'classCode')), strength: numerator === undefined || denominator === undefined ? undefined : { numerator, denominator },
  });
}

/** The parts of a pharmacy quantity are written in either namespace. */
const either = (element: XmlElement | undefined, name: string): XmlElement | undefined => child(element, name, PHARM) ?? child(element, name);

/** `pharm:asContent`: how much is in a package, and how big one item of it is when packages are nested. */
function packed(material: XmlElement, { reading }: Entry): { readonly amount?: JsonObject; readonly extension: JsonObject[] } {
  const inner = child(child(material, 'asContent', PHARM), 'containerPackagedMedicine', PHARM);
  if (inner === undefined) return { extension: [] };
  const outer = child(child(inner, 'asContent', PHARM), 'containerPackagedMedicine', PHARM);
  const capacity = (container: XmlElement | undefined): JsonObject | undefined => quantity(child(container, 'capacityQuantity', PHARM), reading);
  const [whole, item] = outer === undefined ? [capacity(inner), undefined] : [capacity(outer), capacity(inner)];
  if (child(outer ?? inner, 'formCode', PHARM) !== undefined) reading.leftOut('the type of the package of a product');
  return {
    ...(whole === undefined ? {} : { amount: { numerator: whole, denominator: { value: 1 } } }),
    extension: item === undefined ? [] : [{ url: mpd('sizeofitem'), valueQuantity: item }],
  };
}
