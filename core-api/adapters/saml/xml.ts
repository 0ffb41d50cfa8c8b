import { DOMParser } from '@xmldom/xmldom';

export const NAMESPACES = {
  samlp: 'urn:oasis:names:tc:SAML:2.0:protocol',
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  ec: 'http://www.w3.org/2001/10/xml-exc-c14n#',
} as const;

const PREFIX = new Map<string, string>(Object.entries(NAMESPACES).map(([prefix, uri]) => [uri, prefix]));
const DECLARATION =
  /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])utf-8\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>/i;
/** DOCTYPE, CDATA, comment, processing instruction: what two readers may read in two ways. */
const MARKUP = /<[!?]/;
const UNKNOWN_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-f]{1,6});)/i;
const ILL_CHARACTER = /[^\P{Cc}\t\n\r\x7f-\x9f]|[\ufffe\uffff]/u;

const CHARACTER = /&#(?:x([0-9a-f]+)|([0-9]+));/gi;
const MOST_CHARACTERS = 256 * 1024;

/** The text is not XML as this house reads it; its message is fit for an admin. */
export class XmlError extends Error {}

/**
 * Reads XML of elements, attributes and text in UTF-8, and nothing else: no DOCTYPE (so no entities), comments, CDATA or processing instructions.
 *
 * @throws XmlError
 */
export function parseXml(text: string): Element {
  if (text.length > MOST_CHARACTERS) throw new XmlError(`it has more than ${MOST_CHARACTERS} characters`);
  const body = text.replace(DECLARATION, '');
  if (!/^[\t\n\r ]*</.test(body)) throw new XmlError('it is not XML in UTF-8');
  if (MARKUP.test(body)) throw new XmlError('it has a DOCTYPE, a comment, CDATA or a processing instruction');
  if (UNKNOWN_ENTITY.test(body)) throw new XmlError('it has an entity that is unknown');
  if (hasIllCharacter(body)) throw new XmlError('it has a character that XML does not allow');
  const fail = () => {
    throw new XmlError('it is not well-formed');
  };
  try {
    const document = new DOMParser({
      errorHandler: { warning: fail, error: fail, fatalError: fail },
    }).parseFromString(body, 'text/xml');
    const nodes = Array.from(document.childNodes).filter((node) => isElement(node) || node.nodeValue?.trim() !== '');
    const [root, ...others] = nodes;
    if (root && isElement(root) && others.length === 0) return root;
  } catch (error) {
    if (error instanceof XmlError) throw error;
  }
  return fail();
}

/** Written out or by its number, so that whatever is read can be stored, too. */
function hasIllCharacter(text: string): boolean {
  if (!text.isWellFormed() || ILL_CHARACTER.test(text)) return true;
  return text.matchAll(CHARACTER).some(([, hex, decimal]) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || ILL_CHARACTER.test(String.fromCodePoint(code));
  });
}

/** `samlp:Response`, whatever its prefix in the text; a name of a namespace that is not listed above is returned with the whole URI. */
export function nameOf(element: Element): string {
  const uri = element.namespaceURI ?? '';
  return `${PREFIX.get(uri) ?? `{${uri}}`}:${element.localName}`;
}

/** The child elements, all or those of one name such as `saml:Issuer`, in order. */
export function childrenOf(parent: Element, name?: string): Element[] {
  const elements = Array.from(parent.childNodes).filter(isElement);
  return name === undefined ? elements : elements.filter((element) => nameOf(element) === name);
}

/** Null for no such child, or several. */
export function onlyChild(parent: Element, name: string): Element | null {
  const found = childrenOf(parent, name);
  return found.length === 1 ? found[0]! : null;
}

/** Null where it is not given. An attribute given with a prefix is another one. */
export function attributeOf(element: Element, name: string): string | null {
  return element.hasAttribute(name) ? element.getAttribute(name) : null;
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1;
}
