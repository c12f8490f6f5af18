// What the verifier's findings come to, in three values: a reason for each, the worst decides, unknown is not met.
"use strict";

async function logReason(found, log) {
  const { held } = await standing(found, log), name = `${log.name}+${log.id}`;
  if (held === undefined) return null;
  if (held === null) return [UNKNOWN, `The signature by ${name} cannot be checked in this browser.`];
  if (!held) return [NOT, `The signature by ${name} does not hold.`];
  if (log.name !== found.origin) return [NOT, `${name} signed, but the checkpoint is of the log ${found.origin}.`];
  return [MET, `The log signed: ${name}, at size ${found.size}.`];
}

// One of the logs must have signed, and no line of a known one may be broken.
async function logReasons(found, rule) {
  if (!rule.logs.length) return [[UNKNOWN, "The policy names no log, so who signed it is not established."]];
  const told = (await Promise.all(rule.logs.map((log) => logReason(found, log)))).filter(Boolean);
  const signed = told.some(([verdict]) => verdict === MET);
  // A second signature that cannot be checked takes nothing from one that holds.
  const kept = signed ? told.filter(([verdict]) => verdict !== UNKNOWN) : told;
  return kept.length ? kept : [[NOT, "It is signed by no log that you believe."]];
}

async function witnessReasons(found, rule) {
  const reasons = [], sure = [], perhaps = [], told = [];
  for (const [name, witness] of rule.witnesses) {
    const { held, at } = await standing(found, witness);
    if (held === false) reasons.push([NOT, `The cosignature under the name of ${name} does not hold.`]);
    if (held) sure.push(name);
    if (held || held === null) perhaps.push(name);
    if (witness.twin) told.push(`${name} has the key of ${witness.twin} and is not counted`);
    else if (held) told.push(`${name} cosigned ${when(at)}`);
    else if (held === null) told.push(`${name} has a line that cannot be checked here (${witness.type === MLDSA44 ? "ML-DSA-44" : "Ed25519"})`);
    else told.push(`${name} did not cosign`);
  }
  const said = told.length ? ` ${told.join("; ")}.` : "";
  if (rule.quorum === null) reasons.push([MET, `No witness is asked for.${said}`]);
  else if (holds(rule, sure)) reasons.push([MET, `Cosigned as the policy asks.${said}`]);
  else if (holds(rule, perhaps)) reasons.push([UNKNOWN, `Whether it is cosigned as the policy asks cannot be told.${said}`]);
  else reasons.push([NOT, `Not cosigned as the policy asks.${said}`]);
  return reasons;
}

async function judge({ proof: proofBytes, entry, policy: policyBytes }) {
  const read = proof(proofBytes), reasons = [];
  if (read.index >= read.checkpoint.size) reasons.push([NOT, `The log has ${read.checkpoint.size} entries, so none at index ${read.index}.`]);
  else if (!entry) reasons.push([UNKNOWN, "No entry was given, so what the proof is of is not established."]);
  else if (await included(entry, read)) reasons.push([MET, `The entry is at index ${read.index} of ${read.checkpoint.size} entries.`]);
  else reasons.push([NOT, `The entry is not at index ${read.index} of the ${read.checkpoint.size} entries under this root.`]);
  if (policyBytes) {
    const rule = await policy(text(policyBytes, "The policy"));
    reasons.push(...await logReasons(read.checkpoint, rule), ...await witnessReasons(read.checkpoint, rule));
  } else {
    reasons.push([UNKNOWN, "No key and no policy was given, so who signed is not established."]);
  }
  const notes = [`Checkpoint of ${read.checkpoint.origin}, root ${hex(read.checkpoint.root)}.`];
  if (read.extra) notes.push(`The proof carries ${read.extra} extra bytes, which nobody signed.`);
  const verdicts = reasons.map(([verdict]) => verdict);
  const verdict = verdicts.includes(NOT) ? NOT : verdicts.includes(UNKNOWN) ? UNKNOWN : MET;
  return { verdict, reasons, notes };
}

// ---------------------------------------------------------------- the page
const WORDS = {
  [MET]: ["The proof holds", "Everything that was asked for was checked and holds."],
  [NOT]: ["The proof does not hold", "Something contradicts it. Do not rely on it."],
  [UNKNOWN]: ["It cannot be told", "Nothing contradicts it, but something is not established."],
};
const MARKS = { [MET]: "Holds", [NOT]: "Does not hold", [UNKNOWN]: "Cannot be told" };
const LIMIT = 2 ** 21, given = {};
let turn = 0;
const place = (id) => document.getElementById(id);

// Which of the three a dropped file is, by its content.
function kindOf(bytes) {
  const begin = new TextDecoder().decode(bytes.slice(0, 4096));
  if (begin.startsWith("c2sp.org/tlog-proof@")) return "proof";
  if (/^([ \t]*(#.*)?\n)*[ \t]*(log|witness|group|quorum)[ \t]/.test(begin)) return "policy";
  return /^\s*[^\s+#]+\+[0-9a-f]{8}\+\S+\s*$/.test(begin) ? "policy" : "entry";
}

async function take(file, kind) {
  if (file.size > LIMIT) {
    delete given[kind];
    place(`${kind ?? "entry"}-is`).textContent = `${file.name} is larger than 2 MiB; it was not read.`;
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer()), what = kind ?? kindOf(bytes);
  given[what] = bytes;
  place(`${what}-is`).textContent = `${file.name}, ${bytes.length} bytes, SHA-256 ${hex(await sha256(bytes))}`;
}

function show(title, means, reasons, notes = []) {
  place("verdict").textContent = title;
  place("means").textContent = means;
  place("reasons").replaceChildren(...[...reasons, ...notes.map((text) => ["", text])].map(([verdict, text]) => {
    const item = document.createElement("li"), mark = document.createElement("b");
    if (verdict) { mark.textContent = MARKS[verdict]; item.dataset.verdict = verdict; item.append(mark); }
    item.append(text);
    return item;
  }));
  place("said").textContent = `${title}. ${means}`;
}

async function answer() {
  const mine = ++turn;
  if (!given.proof) { show("No proof yet", "Choose a proof, and what to verify it with.", []); return; }
  let found;
  try {
    found = await judge(given);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    found = { verdict: NOT, reasons: [[NOT, error.message]], notes: [] };
  }
  if (mine === turn) show(...WORDS[found.verdict], found.reasons, found.notes);
}

for (const kind of ["proof", "entry", "policy"]) {
  place(kind).addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) await take(file, kind);
    else { delete given[kind]; place(`${kind}-is`).textContent = "Not given."; }
    await answer();
  });
}
for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(kind, async (event) => {
    event.preventDefault();
    place("drop").classList.toggle("over", over);
    if (kind !== "drop") return;
    for (const file of event.dataTransfer.files) await take(file);
    await answer();
  });
}
if (!globalThis.crypto?.subtle) {
  show("It cannot be told", "This browser computes no digests here. Open the page over https, or the kept files.", []);
}
