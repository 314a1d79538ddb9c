import { join } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import { entriesOf, isHidden, leadsToFolder, refuseLink } from './folderEntries.ts';
import { isImageName, isOtherImageName, type ListedImages } from './listedImages.ts';

/**
 * The images in one folder per class, ordered by name. Images in nested folders belong to the class
 * of the folder that contains them. The classes are the names of the folders unless given; a given
 * name may be a path such as `animals/cat`, and the deepest matching folder is the class.
 * `warnings` counts what is ignored but may be a mistake: hidden files, and images outside the
 * class folders.
 *
 * @throws DataError for a folder of an unknown class, a link, an image in an unsupported format, or
 *   no images at all
 */
export async function classFolders(
  folder: string,
  given: readonly string[] | undefined,
): Promise<ListedImages> {
  const classNames = given ?? (await foldersOf(folder));
  const walk = new ClassWalk(folder, classNames);
  await walk.enter('', undefined);
  return walk.result();
}

/** Names of the folders in a folder, in order, without hidden ones. */
export async function foldersOf(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  return entries.filter((entry) => entry.isDirectory() && !isHidden(entry)).map(({ name }) => name);
}

/** Greatest number of unsupported files named in a message. */
const shownFiles = 3;

class ClassWalk {
  readonly #folder: string;
  readonly #classNames: readonly string[];
  readonly #labelOfPath: ReadonlyMap<string, number>;
  readonly #names: string[] = [];
  readonly #labels: number[] = [];
  readonly #unknown: string[] = [];
  readonly #passedOver = new Counts();
  #deeper: string | undefined;

  constructor(folder: string, classNames: readonly string[]) {
    this.#folder = folder;
    this.#classNames = classNames;
    this.#labelOfPath = new Map(classNames.map((name, label) => [name.normalize('NFC'), label]));
  }

  /**
   * Collects the images of a folder and of the folders in it.
   *
   * @param path path within the root folder, with a slash at its end; empty for the root
   * @param label class of the folder; undefined outside of all classes
   */
  async enter(path: string, label: number | undefined): Promise<void> {
    const at = join(this.#folder, path);
    for (const entry of await entriesOf(at)) {
      const place = path + entry.name;
      if (isHidden(entry)) this.#passedOver.count('hidden files or folders', place);
      else if (entry.isDirectory()) await this.#enterFolder(place, label);
      else if (await leadsToFolder(entry, at)) throw refuseLink(at, entry.name);
      else if (isImageName(entry.name) || isOtherImageName(entry.name)) {
        this.#take(place, label, entry.isFile());
      }
    }
  }

  async #enterFolder(place: string, label: number | undefined): Promise<void> {
    const own = this.#labelOfPath.get(place.normalize('NFC'));
    if (own === undefined && label === undefined && !this.#leadsToClass(place)) {
      throw new DataError(
        `${join(this.#folder, place)}: expected a folder named as one of the ${this.#classNames.length} classes; ` +
          'name it too (--class-names), or move it elsewhere',
      );
    }
    await this.enter(`${place}/`, own ?? label);
  }

  #leadsToClass(place: string): boolean {
    const start = `${place.normalize('NFC')}/`;
    return [...this.#labelOfPath.keys()].some((name) => name.startsWith(start));
  }

  #take(place: string, label: number | undefined, isFile: boolean): void {
    if (label === undefined) {
      this.#passedOver.count('images outside the class folders', place);
      return;
    }
    if (!isFile) throw refuseLink(this.#folder, place);
    if (isOtherImageName(place)) {
      this.#unknown.push(join(this.#folder, place));
      return;
    }
    const className = this.#classNames[label]!;
    if (place.lastIndexOf('/') !== className.length) this.#deeper ??= place;
    this.#names.push(place);
    this.#labels.push(label);
  }

  result(): ListedImages {
    const folder = this.#folder;
    const count = this.#unknown.length;
    if (count > 0) {
      const more = count > shownFiles ? ` and ${count - shownFiles} more` : '';
      throw new DataError(
        `${this.#unknown.slice(0, shownFiles).join(', ')}${more}: expected PNG, JPEG, WebP, PGM or PPM images; convert ` +
          "them, in Pillow by Image.open(f).convert('RGB').save(f'{f}.png'), and move the originals elsewhere",
      );
    }
    const passedOver = this.#passedOver.sentence();
    if (this.#names.length === 0) {
      throw new DataError(
        `${folder}: expected folders of PNG, JPEG, WebP, PGM or PPM images, one a class, or images with a GT-….csv` +
          `${passedOver && `; ignored: ${passedOver}`}. Name the folder that holds those of the classes`,
      );
    }
    const warnings = passedOver === '' ? [] : [`ignored in ${folder}: ${passedOver}`];
    return {
      names: this.#names,
      labels: this.#labels,
      classNames: this.#classNames,
      warnings,
      deeper: this.#deeper,
    };
  }
}

/** Counts files by kind, with an example of each. */
class Counts {
  readonly #kinds = new Map<string, { count: number; example: string }>();

  count(kind: string, example: string): void {
    const before = this.#kinds.get(kind) ?? { count: 0, example };
    this.#kinds.set(kind, { ...before, count: before.count + 1 });
  }

  /** All kinds in one text; empty if there are none. */
  sentence(): string {
    return [...this.#kinds]
      .map(([kind, { count, example }]) => `${kind}: ${count}, as ${JSON.stringify(example)}`)
      .join('; ');
  }
}
