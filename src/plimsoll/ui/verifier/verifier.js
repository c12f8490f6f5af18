// A second verifier, independent of the Python one: tlog-proof@v1, tlog-policy, signed notes, cosignature/v1.
// It needs WebCrypto (SHA-256, Ed25519) and nothing else, sends nothing, and keeps nothing.
"use strict";

const MET = "met", NOT = "not met", UNKNOWN = "unknown";
const ED25519 = 1, COSIGNATURE = 4, MLDSA44 = 6;
const P = 2n ** 255n - 19n, EIGHT = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const WEAK = [0n, 1n, P - 1n, EIGHT, P - EIGHT]; // y of the points of small order
class Malformed extends Error {}

function need(holds, sentence) { if (!holds) throw new Malformed(sentence); }
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (a, b) => hex(a) === hex(b);
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
const u64 = (bytes) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

// Text that writes itself back as the same bytes; anything else is refused.
function text(bytes, what) {
  let found = null;
  try { found = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { /* below */ }
  need(found !== null && same(utf8(found), bytes), `${what} is not UTF-8 text.`);
  return found;
}

function base64(encoded, what) {
  let raw = null;
  try { raw = atob(encoded); } catch { /* below */ }
  need(raw !== null && btoa(raw) === encoded, `${what} is not canonical base64.`);
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

function whole(digits, what) {
  need(/^(0|[1-9][0-9]{0,18})$/.test(digits) && BigInt(digits) < 2n ** 63n, `${what} is not a decimal number.`);
  return BigInt(digits);
}

// ---------------------------------------------------------------- keys and notes
async function verifierKey(line, witness = false) {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  need(name, `“${line.slice(0, 60)}” is not a verifier key.`);
  const raw = base64(encoded, `The key of ${name}`);
  const type = raw[0], key = raw.slice(1);
  need([ED25519, COSIGNATURE, MLDSA44].includes(type), `The key of ${name} is of an unknown type.`);
  need(key.length === (type === MLDSA44 ? 1312 : 32), `The key of ${name} has a wrong length.`);
  const idOf = async (kind) => hex((await sha256(utf8(`${name}\n`), [kind], key)).slice(0, 4));
  need(await idOf(type) === id, `The id of the key of ${name} does not belong to it.`);
  if (type !== MLDSA44) {
    const y = u64(key.slice().reverse()) & (2n ** 255n - 1n);
    need(y < P && !WEAK.includes(y), `The key of ${name} is of small order or not canonical.`);
  }
  const kind = witness && type === ED25519 ? COSIGNATURE : type;
  return { name, type: kind, key, id: await idOf(kind) };
}

async function signedBy(key, message, signature) {
  if (signature.length !== 64) return false;
  try {
    const imported = await crypto.subtle.importKey("raw", key.key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch (error) {
    if (error.name === "NotSupportedError") return null;
    return false;
  }
}

function note(spelled) {
  const cut = spelled.lastIndexOf("\n\n");
  need(cut >= 0 && spelled.endsWith("\n"), "The checkpoint lacks its signature lines.");
  const body = spelled.slice(0, cut + 1), lines = spelled.slice(cut + 2, -1).split("\n");
  need(!/[\x00-\x09\x0b-\x1f]/.test(body) && lines.length <= 100, "The checkpoint is not a signed note.");
  const signatures = lines.map((line) => {
    const [, name, encoded] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    need(name && !/[\x00-\x1f]/.test(name), "A signature line of the checkpoint is malformed.");
    const raw = base64(encoded, "A signature line of the checkpoint");
    need(raw.length > 4, "A signature line of the checkpoint is too short.");
    return { name, id: hex(raw.slice(0, 4)), blob: raw.slice(4) };
  });
  const [origin, size, root, ...rest] = body.split("\n");
  need(origin && root !== undefined && rest.join() === "" && rest.length === 1, "It is not origin, size and root.");
  const hash = base64(root, "The root");
  need(hash.length === 32, "The root has not 32 bytes.");
  return { body, signatures, origin, size: whole(size, "The size"), root: hash };
}

// What the lines under a key say: true, false, null (cannot be checked), undefined (no line); and when.
async function standing(found, key) {
  const lines = found.signatures.filter((line) => line.name === key.name && line.id === key.id);
  let held, at = 0n;
  for (const { blob } of lines) {
    if (key.type === MLDSA44) { held = held === false ? false : null; continue; }
    const time = key.type === COSIGNATURE ? u64(blob.slice(0, 8)) : 0n;
    const head = key.type === COSIGNATURE ? utf8(`cosignature/v1\ntime ${time}\n`) : [];
    let one = await signedBy(key, joined(head, utf8(found.body)), blob.slice(key.type === COSIGNATURE ? 8 : 0));
    if (key.type === COSIGNATURE && (time === 0n || time >= 2n ** 63n)) one = false;
    if (time > at) at = time;
    held = held === false || one === false ? false : one;
  }
  return { held, at };
}

// ---------------------------------------------------------------- policies
async function policy(spelled) {
  if (/^\s*[^\s+#]+\+[0-9a-f]{8}\+\S+\s*$/u.test(spelled)) {
    return { logs: [await verifierKey(spelled.trim())], witnesses: new Map(), groups: [], quorum: null };
  }
  need(/^[\t\n\x20-\x7e\x80-\u{10ffff}]*\n$/u.test(spelled), "The policy has control characters or was cut.");
  const read = { logs: [], witnesses: new Map(), groups: [], quorum: undefined };
  const defined = new Set(["none", "all", "any"]), members = new Set();
  const define = (name) => {
    need(!defined.has(name), `The policy defines “${name}” twice, or it is a keyword.`);
    defined.add(name);
  };
  const known = (name) => need(name !== "all" && name !== "any" && defined.has(name), `“${name}” is not defined.`);
  for (const line of spelled.split("\n")) {
    let items = line.split(/[ \t]+/).filter(Boolean);
    const comment = items.findIndex((item) => item.startsWith("#"));
    if (comment >= 0 && (comment === 0 || ["log", "witness"].includes(items[0]))) items = items.slice(0, comment);
    const [word, ...rest] = items;
    if (word === undefined) continue;
    if (word === "log" && [1, 2].includes(rest.length)) {
      const key = await verifierKey(rest[0]);
      need(!read.logs.some((log) => same(log.key, key.key)), "Two logs of the policy have one key.");
      read.logs.push(key);
    } else if (word === "witness" && [2, 3].includes(rest.length)) {
      define(rest[0]);
      const key = await verifierKey(rest[1], true);
      const twin = [...read.witnesses].find(([, other]) => same(other.key, key.key))?.[0];
      read.witnesses.set(rest[0], { ...key, twin });
    } else if (word === "group" && rest.length >= 3) {
      const [name, asked, ...names] = rest;
      for (const member of names) {
        known(member);
        need(member !== "none" && !members.has(member), `“${member}” cannot be a member here.`);
        members.add(member);
      }
      define(name);
      const least = { all: names.length, any: 1 }[asked] ?? (/^[1-9][0-9]{0,3}$/.test(asked) ? Number(asked) : 0);
      need(least >= 1 && least <= names.length, `“${asked}” is no threshold for ${names.length} members.`);
      read.groups.push({ name, least, names });
    } else if (word === "quorum" && rest.length === 1 && read.quorum === undefined) {
      known(rest[0]);
      read.quorum = rest[0] === "none" ? null : rest[0];
    } else {
      throw new Malformed(`The policy's line “${line.slice(0, 60)}” cannot be read.`);
    }
  }
  need(read.quorum !== undefined, "The policy has no quorum.");
  return read;
}

function holds(rule, names) {
  const holding = new Set(names.filter((name) => !rule.witnesses.get(name).twin));
  for (const { name, least, names: of } of rule.groups) {
    if (of.filter((member) => holding.has(member)).length >= least) holding.add(name);
  }
  return rule.quorum === null || holding.has(rule.quorum);
}

// ---------------------------------------------------------------- proofs
function proof(bytes) {
  const [head, ...rest] = text(bytes, "The proof").split("\n\n");
  const lines = head.split("\n");
  need(lines.shift() === "c2sp.org/tlog-proof@v1" && rest.length, "It is not a proof (c2sp.org/tlog-proof@v1).");
  const extra = lines[0]?.startsWith("extra ") ? base64(lines.shift().slice(6), "The extra line") : [];
  need(lines[0]?.startsWith("index "), "The proof does not say the index.");
  const index = whole(lines.shift().slice(6), "The index");
  const path = lines.map((line) => base64(line, "A line of the path"));
  need(path.length < 64 && path.every((step) => step.length === 32), "The path is not of 32-byte hashes.");
  return { index, path, extra: extra.length, checkpoint: note(rest.join("\n\n")) };
}

// RFC 9162 section 2.1.3.2.
async function included(entry, { index, path, checkpoint }) {
  if (index >= checkpoint.size) return false;
  let position = index, last = checkpoint.size - 1n, hash = await sha256([0], entry);
  for (const step of path) {
    if (last === 0n) return false;
    if (position & 1n || position === last) {
      hash = await sha256([1], step, hash);
      while (!(position & 1n) && position) { position >>= 1n; last >>= 1n; }
    } else {
      hash = await sha256([1], hash, step);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(hash, checkpoint.root);
}

function when(at) {
  if (!at) return "without stating a time";
  const date = new Date(Number(at) * 1000);
  return Number.isNaN(date.getTime()) ? `${at} seconds after 1970` : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
