/** Visibility codes of documents (French-interop 2.7: TRE_A07), and the system that they are told in. */
export const visibilitySystem = 'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument';

export const visibilityCodes = ['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'] as const;
export type VisibilityLabel = (typeof visibilityCodes)[number];
