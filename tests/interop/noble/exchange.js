// Checks artefacts of ours with the noble libraries, which are JavaScript by other people, and makes
// some of theirs: node exchange.js OURS.json THEIRS.json. See tests/interop/artefacts.cpp.

import { readFileSync, writeFileSync } from "node:fs";
import { gcm, gcmsiv } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { extract, expand, hkdf } from "@noble/hashes/hkdf.js";
import { sha224, sha256, sha384, sha512, sha512_256 } from "@noble/hashes/sha2.js";
import * as sha3 from "@noble/hashes/sha3.js";
import { bytesToHex as toHex, concatBytes, hexToBytes as fromHex, randomBytes } from "@noble/hashes/utils.js";
import { ml_kem768_x25519 as xwing } from "@noble/post-quantum/hybrid.js";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { ml_kem512, ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import * as slh from "@noble/post-quantum/slh-dsa.js";
import * as sr25519 from "@scure/sr25519";

const text = (string) => new TextEncoder().encode(string);
const equal = (a, b) => toHex(a) === toHex(b);
const message = text("from another implementation");
const context = fromHex("c0ffee");

const hashes = {
  "sha-224": sha224, "sha-256": sha256, "sha-384": sha384, "sha-512": sha512,
  "sha-512-256": sha512_256, "sha3-224": sha3.sha3_224, "sha3-256": sha3.sha3_256,
  "sha3-384": sha3.sha3_384, "sha3-512": sha3.sha3_512, "keccak-256": sha3.keccak_256,
  "shake-128": (data) => sha3.shake128(data, { dkLen: 32 }),
  "shake-256": (data) => sha3.shake256(data, { dkLen: 64 }), blake2b,
};

// --- Key encapsulation. ---

const mlKem = (kem) => ({
  seedBytes: 64,
  keypair: (seed) => kem.keygen(seed),
  encapsulate: (publicKey) => kem.encapsulate(publicKey),
  decapsulate: (ciphertext, keys) => kem.decapsulate(ciphertext, keys.secretKey),
});

// DHKEM(X25519, HKDF-SHA256), RFC 9180 section 4.1.
const suite = concatBytes(text("KEM"), fromHex("0020"));
const labeledExtract = (label, key) =>
  extract(sha256, concatBytes(text("HPKE-v1"), suite, text(label), key), new Uint8Array(0));
const labeledExpand = (key, label, info, length) =>
  expand(sha256, key, concatBytes(Uint8Array.of(length >> 8, length & 255), text("HPKE-v1"), suite,
    text(label), info), length);
const dhkemSecret = (shared, ciphertext, publicKey) =>
  labeledExpand(labeledExtract("eae_prk", shared), "shared_secret",
    concatBytes(ciphertext, publicKey), 32);
const dhkem = {
  seedBytes: 32,
  keypair: (secretKey) => ({ secretKey, publicKey: x25519.getPublicKey(secretKey) }),
  encapsulate: (publicKey) => {
    const ephemeral = randomBytes(32);
    const cipherText = x25519.getPublicKey(ephemeral);
    const shared = x25519.getSharedSecret(ephemeral, publicKey);
    return { cipherText, sharedSecret: dhkemSecret(shared, cipherText, publicKey) };
  },
  decapsulate: (ciphertext, keys) =>
    dhkemSecret(x25519.getSharedSecret(keys.secretKey, ciphertext), ciphertext, keys.publicKey),
};

const kems = {
  "ml-kem-512": mlKem(ml_kem512), "ml-kem-768": mlKem(ml_kem768), "ml-kem-1024": mlKem(ml_kem1024),
  x25519: dhkem,
  "x25519-ml-kem-768": { ...mlKem(xwing), seedBytes: 32 },
};

// --- Signatures. ---

const pq = (scheme, seedBytes, signs = true) => ({
  seedBytes,
  signs,
  keypair: (seed) => scheme.keygen(seed),
  sign: (keys, data, ctx) => scheme.sign(data, keys.secretKey, { context: ctx }),
  verify: (publicKey, data, signature, ctx) =>
    scheme.verify(signature, data, publicKey, { context: ctx }),
});
const slhDsa = (name, n) => ({
  ...pq(slh[name], 3 * n, name.endsWith("f")),  // the small ones sign for minutes in JavaScript
  publicOf: (secretKey) => secretKey.subarray(2 * n),
  raw: (keys) => keys.secretKey,
});
const curve = (scheme, options) => ({
  seedBytes: 32,
  signs: true,
  takesContext: false,
  keypair: (secretKey) => ({ secretKey, publicKey: scheme.getPublicKey(secretKey) }),
  sign: (keys, data) => scheme.sign(data, keys.secretKey, options),
  verify: (publicKey, data, signature) => scheme.verify(signature, data, publicKey, options),
});

// Composite ML-DSA, id-MLDSA65-Ed25519-SHA512.
const label = text("COMPSIG-MLDSA65-Ed25519-SHA512");
const representative = (data, ctx) =>
  concatBytes(text("CompositeAlgorithmSignatures2025"), label, Uint8Array.of(ctx.length), ctx,
    sha512(data));
const composite = {
  seedBytes: 64,
  signs: true,
  keypair: (seed) => {
    const mlDsa = ml_dsa65.keygen(seed.subarray(0, 32));
    return {
      mlDsa, ed25519: seed.subarray(32),
      publicKey: concatBytes(mlDsa.publicKey, ed25519.getPublicKey(seed.subarray(32))),
    };
  },
  sign: (keys, data, ctx) => {
    const signed = representative(data, ctx);
    return concatBytes(ml_dsa65.sign(signed, keys.mlDsa.secretKey, { context: label }),
      ed25519.sign(signed, keys.ed25519));
  },
  verify: (publicKey, data, signature, ctx) => {
    const signed = representative(data, ctx);
    return ml_dsa65.verify(signature.subarray(0, 3309), signed, publicKey.subarray(0, 1952),
      { context: label }) &&
      ed25519.verify(signature.subarray(3309), signed, publicKey.subarray(1952));
  },
};

const sr = {
  seedBytes: 32,
  signs: true,
  takesContext: false,
  keypair: (seed) => {
    const secretKey = sr25519.secretFromSeed(seed);
    return { secretKey, publicKey: sr25519.getPublicKey(secretKey) };
  },
  sign: (keys, data) => sr25519.sign(keys.secretKey, data),
  verify: (publicKey, data, signature) => sr25519.verify(data, signature, publicKey),
};

const signatures = {
  "ml-dsa-44": pq(ml_dsa44, 32), "ml-dsa-65": pq(ml_dsa65, 32), "ml-dsa-87": pq(ml_dsa87, 32),
  ed25519: curve(ed25519), "ecdsa-p256": curve(p256, { lowS: false }),
  "ecdsa-secp256k1": curve(secp256k1), sr25519: sr, "ed25519-ml-dsa-65": composite,
};
for (const family of ["sha2", "shake"]) {
  for (const [bits, n] of [["128", 16], ["192", 24], ["256", 32]]) {
    for (const kind of ["s", "f"]) {
      signatures[`slh-dsa-${family}-${bits}${kind}`] = slhDsa(`slh_dsa_${family}_${bits}${kind}`, n);
    }
  }
}

// --- Encryption. ---

const aeads = {
  "aes-128-gcm": [gcm, 16], "aes-192-gcm": [gcm, 24], "aes-256-gcm": [gcm, 32],
  "aes-256-gcm-siv": [gcmsiv, 32], "chacha20-poly1305": [chacha20poly1305, 32],
};

// docs/formats/envelope.md
const numbers = { "ml-kem-512": 1, "ml-kem-768": 2, "ml-kem-1024": 3, x25519: 4, "x25519-ml-kem-768": 5 };
const sized = (bytes) => {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(bytes.length));
  return concatBytes(size, bytes);
};
const partBytes = 65536;
const envelopeKey = (shared, header, known) =>
  hkdf(sha256, shared, sha256(header),
    concatBytes(text("synapsed envelope 1"), sized(known.context), sized(known.associated)), 39);
const nonceOf = (derived, number, isLast) => {
  const tail = new Uint8Array(5);
  new DataView(tail.buffer).setUint32(0, number);
  tail[4] = isLast ? 1 : 0;
  return concatBytes(derived.subarray(32), tail);
};
const sealEnvelope = (algorithm, publicKey, plaintext, known) => {
  const { cipherText, sharedSecret } = kems[algorithm].encapsulate(publicKey);
  const header = concatBytes(text("SYNE"), Uint8Array.of(1, numbers[algorithm], 50), cipherText);
  const derived = envelopeKey(sharedSecret, header, known);
  const parts = Math.max(1, Math.ceil(plaintext.length / partBytes));
  const sealed = [header];
  for (let i = 0; i < parts; ++i) {
    const part = plaintext.subarray(i * partBytes, (i + 1) * partBytes);
    sealed.push(gcm(derived.subarray(0, 32), nonceOf(derived, i, i + 1 === parts)).encrypt(part));
  }
  return concatBytes(...sealed);
};
const openEnvelope = (algorithm, keys, envelope, known, headerBytes) => {
  const header = envelope.subarray(0, headerBytes);
  const shared = kems[algorithm].decapsulate(header.subarray(7), keys);
  const derived = envelopeKey(shared, header, known);
  const rest = envelope.subarray(headerBytes);
  const parts = Math.ceil(rest.length / (partBytes + 16));
  const opened = [];
  for (let i = 0; i < parts; ++i) {
    const part = rest.subarray(i * (partBytes + 16), (i + 1) * (partBytes + 16));
    opened.push(gcm(derived.subarray(0, 32), nonceOf(derived, i, i + 1 === parts)).decrypt(part));
  }
  return concatBytes(...opened);
};

// --- Checking ours. ---

const value = (artefact, name) => fromHex(artefact[name]);
const checks = {
  hash: (a) => equal(hashes[a.algorithm](value(a, "message")), value(a, "digest")),
  keypair: (a) => {
    const scheme = kems[a.algorithm] ?? signatures[a.algorithm];
    const secret = value(a, "secret_key");
    const found = scheme.publicOf ? scheme.publicOf(secret) : scheme.keypair(secret).publicKey;
    return equal(found, value(a, "public_key"));
  },
  kem: (a) => equal(
    kems[a.algorithm].decapsulate(value(a, "ciphertext"),
      kems[a.algorithm].keypair(value(a, "secret_key"))),
    value(a, "shared_secret")),
  signature: (a) => {
    const check = (data) => signatures[a.algorithm].verify(
      value(a, "public_key"), data, value(a, "signature"), value(a, "context"));
    return check(value(a, "message")) && !check(concatBytes(value(a, "message"), Uint8Array.of(0)));
  },
  aead: (a) => equal(
    aeads[a.algorithm][0](value(a, "key"), value(a, "nonce"), value(a, "associated"))
      .decrypt(value(a, "sealed")),
    value(a, "plaintext")),
  envelope: (a) => {
    const plaintext = value(a, "plaintext");
    const parts = Math.max(1, Math.ceil(plaintext.length / partBytes));
    const envelope = value(a, "envelope");
    const opened = openEnvelope(a.algorithm, kems[a.algorithm].keypair(value(a, "secret_key")),
      envelope, { context: value(a, "context"), associated: value(a, "associated") },
      envelope.length - plaintext.length - 16 * parts);
    return equal(opened, plaintext);
  },
};

// --- Making theirs. ---

function* theirs() {
  for (const [algorithm, hash] of Object.entries(hashes)) {
    yield { kind: "hash", algorithm, message, digest: hash(message) };
  }
  for (const [algorithm, kem] of Object.entries(kems)) {
    const seed = randomBytes(kem.seedBytes);
    const keys = kem.keypair(seed);
    yield { kind: "keypair", algorithm, secret_key: seed, public_key: keys.publicKey };
    const { cipherText, sharedSecret } = kem.encapsulate(keys.publicKey);
    yield { kind: "kem", algorithm, secret_key: seed, ciphertext: cipherText, shared_secret: sharedSecret };
    for (const size of [0, 7, partBytes, 2 * partBytes + 1]) {
      const plaintext = new Uint8Array(size).fill(size);
      const known = { context, associated: message };
      yield { kind: "envelope", algorithm, secret_key: seed, ...known, plaintext,
        envelope: sealEnvelope(algorithm, keys.publicKey, plaintext, known) };
    }
  }
  for (const [algorithm, scheme] of Object.entries(signatures)) {
    const seed = randomBytes(scheme.seedBytes);
    if (!scheme.signs) continue;
    const keys = scheme.keypair(seed);
    const ctx = scheme.takesContext === false ? new Uint8Array(0) : context;
    yield { kind: "keypair", algorithm, secret_key: scheme.raw ? scheme.raw(keys) : seed,
      public_key: keys.publicKey };
    yield { kind: "signature", algorithm, public_key: keys.publicKey, message, context: ctx,
      signature: scheme.sign(keys, message, ctx) };
  }
  for (const [algorithm, [aead, keyBytes]] of Object.entries(aeads)) {
    const [key, nonce] = [randomBytes(keyBytes), randomBytes(12)];
    yield { kind: "aead", algorithm, key, nonce, associated: context, plaintext: message,
      sealed: aead(key, nonce, context).encrypt(message) };
  }
}

const inHex = (artefact) => Object.fromEntries(Object.entries(artefact).map(
  ([name, item]) => [name, item instanceof Uint8Array ? toHex(item) : item]));

const [ours, target] = process.argv.slice(2);
const counts = {};
let wrong = 0;
for (const artefact of JSON.parse(readFileSync(ours))) {
  counts[artefact.kind] = (counts[artefact.kind] ?? 0) + 1;
  let right = false;
  try {
    right = checks[artefact.kind](artefact);
  } catch (error) {
    console.log(String(error));
  }
  if (right) continue;
  ++wrong;
  console.log(`wrong: ${artefact.kind} of ${artefact.algorithm}`);
}
console.log(Object.entries(counts).map(([kind, count]) => `${kind}: ${count}`).join("\n"));
writeFileSync(target, JSON.stringify([...theirs()].map(inHex)));
process.exit(wrong === 0 ? 0 : 1);
