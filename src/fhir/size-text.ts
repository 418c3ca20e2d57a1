const units = [[1024 ** 3, 'GB'], [1024 ** 2, 'MB'], [1024, 'KB']] as const;

/** A number of bytes as the settings write it: `50 MB`, `1 KB`, `300 bytes`. */
export function sizeText(bytes: number): string {
  const unit = units.find(([size]) => bytes >= size && bytes % size === 0);
  return unit ? `${bytes / unit[0]} ${unit[1]}` : `${bytes} bytes`;
}
