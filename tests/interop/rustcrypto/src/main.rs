//! Checks artefacts of ours with RustCrypto, which is Rust by other people, and makes some of theirs:
//!
//!     interop OURS.json THEIRS.json
//!
//! See tests/interop/artefacts.cpp. Of the algorithms, it has ML-KEM, ML-DSA, Ed25519, their hybrid
//! signature, AES-256-GCM and envelopes.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use anyhow::{Context, Result, anyhow, bail};
use ed25519_dalek::{Signer, Verifier};
use hkdf::Hkdf;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87};
use ml_kem::kem::{Decapsulate, KeyExport, TryKeyInit};
use ml_kem::{DecapsulationKey, EncapsulationKey, MlKem512, MlKem768, MlKem1024};
use rand::RngCore;
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};
use std::collections::BTreeMap;
use std::{env, fs, process};

const MESSAGE: &[u8] = b"from another implementation";
const CONTEXT: &[u8] = b"\xc0\xff\xee";
const LABEL: &[u8] = b"COMPSIG-MLDSA65-Ed25519-SHA512";
const ML_DSA_65_PUBLIC: usize = 1952;
const ML_DSA_65_SIGNATURE: usize = 3309;
const PART: usize = 65536;
const TAG: usize = 16;

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::thread_rng().fill_bytes(&mut bytes);
    bytes
}

fn bytes(artefact: &Value, name: &str) -> Result<Vec<u8>> {
    let text = artefact[name].as_str().with_context(|| format!("no {name}"))?;
    Ok(hex::decode(text)?)
}

// --- Key encapsulation. ---

/// What ML-KEM of one size does, on bytes.
struct MlKem {
    name: &'static str,
    number: u8,
    public: fn(&[u8]) -> Result<Vec<u8>>,
    encapsulate: fn(&[u8]) -> Result<(Vec<u8>, Vec<u8>)>,
    decapsulate: fn(&[u8], &[u8]) -> Result<Vec<u8>>,
}

macro_rules! ml_kem {
    ($name:literal, $number:literal, $set:ty) => {
        MlKem {
            name: $name,
            number: $number,
            public: |seed| {
                let key = DecapsulationKey::<$set>::from_seed(seed.try_into()?);
                Ok(key.encapsulation_key().to_bytes().to_vec())
            },
            encapsulate: |public| {
                let key = EncapsulationKey::<$set>::new_from_slice(public)
                    .map_err(|_| anyhow!("no key"))?;
                let (ciphertext, shared) = key.encapsulate_deterministic(&random::<32>().into());
                Ok((ciphertext.to_vec(), shared.to_vec()))
            },
            decapsulate: |seed, ciphertext| {
                let key = DecapsulationKey::<$set>::from_seed(seed.try_into()?);
                let sent: &ml_kem::Ciphertext<$set> = ciphertext.try_into()?;
                Ok(key.decapsulate(sent).to_vec())
            },
        }
    };
}

const ML_KEMS: [MlKem; 3] = [
    ml_kem!("ml-kem-512", 1, MlKem512),
    ml_kem!("ml-kem-768", 2, MlKem768),
    ml_kem!("ml-kem-1024", 3, MlKem1024),
];

fn kem(name: &str) -> Option<&'static MlKem> {
    ML_KEMS.iter().find(|kem| kem.name == name)
}

// --- Signatures. ---

struct Scheme {
    name: &'static str,
    seed_bytes: usize,
    takes_context: bool,
    public: fn(&[u8]) -> Result<Vec<u8>>,
    sign: fn(&[u8], &[u8], &[u8]) -> Result<Vec<u8>>,
    verify: fn(&[u8], &[u8], &[u8], &[u8]) -> Result<bool>,
}

macro_rules! ml_dsa {
    ($name:literal, $set:ty) => {
        Scheme {
            name: $name,
            seed_bytes: 32,
            takes_context: true,
            public: |seed| {
                let key = ml_dsa::ExpandedSigningKey::<$set>::from_seed(seed.try_into()?);
                Ok(key.verifying_key().encode().to_vec())
            },
            sign: |seed, message, context| {
                let key = ml_dsa::ExpandedSigningKey::<$set>::from_seed(seed.try_into()?);
                let signature =
                    key.sign_deterministic(message, context).map_err(|_| anyhow!("no signature"))?;
                Ok(signature.encode().to_vec())
            },
            verify: |public, message, signature, context| {
                let key = ml_dsa::VerifyingKey::<$set>::decode(public.try_into()?);
                let Some(signature) = ml_dsa::Signature::<$set>::decode(signature.try_into()?) else {
                    return Ok(false);
                };
                Ok(key.verify_with_context(message, context, &signature))
            },
        }
    };
}

fn ed25519_public(seed: &[u8]) -> Result<Vec<u8>> {
    let key = ed25519_dalek::SigningKey::from_bytes(seed.try_into()?);
    Ok(key.verifying_key().to_bytes().to_vec())
}
fn ed25519_sign(seed: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    let key = ed25519_dalek::SigningKey::from_bytes(seed.try_into()?);
    Ok(key.sign(message).to_bytes().to_vec())
}
fn ed25519_verify(public: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public.try_into()?)?;
    let signature = ed25519_dalek::Signature::from_slice(signature)?;
    Ok(key.verify(message, &signature).is_ok())
}

/// What both parts of the composite sign.
fn representative(message: &[u8], context: &[u8]) -> Vec<u8> {
    let size = [u8::try_from(context.len()).expect("contexts are short")];
    let digest = Sha512::digest(message);
    [b"CompositeAlgorithmSignatures2025", LABEL, &size, context, digest.as_slice()].concat()
}

const ML_DSA_65: Scheme = ml_dsa!("ml-dsa-65", MlDsa65);
const SCHEMES: [Scheme; 5] = [
    ml_dsa!("ml-dsa-44", MlDsa44),
    ML_DSA_65,
    ml_dsa!("ml-dsa-87", MlDsa87),
    Scheme {
        name: "ed25519",
        seed_bytes: 32,
        takes_context: false,
        public: ed25519_public,
        sign: |seed, message, _| ed25519_sign(seed, message),
        verify: |public, message, signature, _| ed25519_verify(public, message, signature),
    },
    Scheme {
        name: "ed25519-ml-dsa-65",
        seed_bytes: 64,
        takes_context: true,
        public: |seed| {
            let (ml_dsa, ed25519) = seed.split_at(32);
            Ok([(ML_DSA_65.public)(ml_dsa)?, ed25519_public(ed25519)?].concat())
        },
        sign: |seed, message, context| {
            let (ml_dsa, ed25519) = seed.split_at(32);
            let signed = representative(message, context);
            Ok([(ML_DSA_65.sign)(ml_dsa, &signed, LABEL)?, ed25519_sign(ed25519, &signed)?].concat())
        },
        verify: |public, message, signature, context| {
            let (ml_dsa, ed25519) = public.split_at(ML_DSA_65_PUBLIC);
            let (first, second) = signature.split_at(ML_DSA_65_SIGNATURE);
            let signed = representative(message, context);
            Ok((ML_DSA_65.verify)(ml_dsa, &signed, first, LABEL)?
                && ed25519_verify(ed25519, &signed, second)?)
        },
    },
];

fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.name == name)
}

// --- Envelopes: docs/formats/envelope.md. ---

struct Stream {
    cipher: Aes256Gcm,
    prefix: [u8; 7],
}

impl Stream {
    fn new(shared: &[u8], header: &[u8], context: &[u8], associated: &[u8]) -> Result<Self> {
        let sized = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes(), bytes].concat();
        let info = [b"synapsed envelope 1".to_vec(), sized(context), sized(associated)].concat();
        let mut derived = [0; 39];
        Hkdf::<Sha256>::new(Some(Sha256::digest(header).as_slice()), shared)
            .expand(&info, &mut derived)
            .map_err(|_| anyhow!("HKDF"))?;
        Ok(Self {
            cipher: Aes256Gcm::new_from_slice(&derived[..32])?,
            prefix: derived[32..].try_into()?,
        })
    }
    fn nonce(&self, number: u32, is_last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..7].copy_from_slice(&self.prefix);
        nonce[7..11].copy_from_slice(&number.to_be_bytes());
        nonce[11] = u8::from(is_last);
        nonce
    }
    /// Seals or opens every part.
    fn map(
        &self,
        data: &[u8],
        part_bytes: usize,
        step: impl Fn(&Aes256Gcm, &[u8; 12], &[u8]) -> Result<Vec<u8>, aes_gcm::Error>,
    ) -> Result<Vec<u8>> {
        let parts = data.len().div_ceil(part_bytes).max(1);
        let mut all = Vec::new();
        for i in 0..parts {
            let part = &data[i * part_bytes..data.len().min((i + 1) * part_bytes)];
            let nonce = self.nonce(u32::try_from(i)?, i + 1 == parts);
            all.extend(step(&self.cipher, &nonce, part).map_err(|_| anyhow!("a part is not genuine"))?);
        }
        Ok(all)
    }
}

fn seal_envelope(kem: &MlKem, public: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let (ciphertext, shared) = (kem.encapsulate)(public)?;
    let header = [b"SYNE", &[1, kem.number, 50][..], &ciphertext].concat();
    let stream = Stream::new(&shared, &header, CONTEXT, MESSAGE)?;
    let parts = stream.map(plaintext, PART, |cipher, nonce, part| {
        cipher.encrypt(Nonce::from_slice(nonce), part)
    })?;
    Ok([header, parts].concat())
}

fn open_envelope(kem: &MlKem, artefact: &Value) -> Result<Vec<u8>> {
    let envelope = bytes(artefact, "envelope")?;
    let plaintext_bytes = bytes(artefact, "plaintext")?.len();
    let sealed_bytes = plaintext_bytes + TAG * plaintext_bytes.div_ceil(PART).max(1);
    let (header, parts) = envelope.split_at(envelope.len() - sealed_bytes);
    let shared = (kem.decapsulate)(&bytes(artefact, "secret_key")?, &header[7..])?;
    let context = bytes(artefact, "context")?;
    let stream = Stream::new(&shared, header, &context, &bytes(artefact, "associated")?)?;
    stream.map(parts, PART + TAG, |cipher, nonce, part| {
        cipher.decrypt(Nonce::from_slice(nonce), part)
    })
}

// --- Checking ours. ---

/// None: the algorithm is none of these.
fn check(artefact: &Value) -> Result<Option<bool>> {
    let algorithm = artefact["algorithm"].as_str().context("no algorithm")?;
    let secret = || bytes(artefact, "secret_key");
    let is_right = match artefact["kind"].as_str().context("no kind")? {
        "keypair" => {
            let public = kem(algorithm).map(|kem| kem.public);
            let Some(public) = public.or(scheme(algorithm).map(|scheme| scheme.public)) else {
                return Ok(None);
            };
            public(&secret()?)? == bytes(artefact, "public_key")?
        }
        "kem" => {
            let Some(kem) = kem(algorithm) else { return Ok(None) };
            (kem.decapsulate)(&secret()?, &bytes(artefact, "ciphertext")?)?
                == bytes(artefact, "shared_secret")?
        }
        "envelope" => {
            let Some(kem) = kem(algorithm) else { return Ok(None) };
            open_envelope(kem, artefact)? == bytes(artefact, "plaintext")?
        }
        "signature" => {
            let Some(scheme) = scheme(algorithm) else { return Ok(None) };
            let (public, signature) = (bytes(artefact, "public_key")?, bytes(artefact, "signature")?);
            let (message, context) = (bytes(artefact, "message")?, bytes(artefact, "context")?);
            let other = [&message[..], &[0]].concat();
            (scheme.verify)(&public, &message, &signature, &context)?
                && !(scheme.verify)(&public, &other, &signature, &context)?
        }
        "aead" if algorithm == "aes-256-gcm" => {
            let (nonce, sealed) = (bytes(artefact, "nonce")?, bytes(artefact, "sealed")?);
            let associated = bytes(artefact, "associated")?;
            let opened = Aes256Gcm::new_from_slice(&bytes(artefact, "key")?)?.decrypt(
                Nonce::from_slice(&nonce),
                Payload { msg: &sealed, aad: &associated },
            );
            opened.is_ok_and(|plaintext| plaintext == bytes(artefact, "plaintext").unwrap_or_default())
        }
        _ => return Ok(None),
    };
    Ok(Some(is_right))
}

// --- Making theirs. ---

fn theirs() -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for kem in &ML_KEMS {
        let seed = random::<64>();
        let secret_key = hex::encode(seed);
        let public = (kem.public)(&seed)?;
        all.push(json!({"kind": "keypair", "algorithm": kem.name, "secret_key": secret_key,
                        "public_key": hex::encode(&public)}));
        let (ciphertext, shared) = (kem.encapsulate)(&public)?;
        all.push(json!({"kind": "kem", "algorithm": kem.name, "secret_key": secret_key,
                        "ciphertext": hex::encode(ciphertext), "shared_secret": hex::encode(shared)}));
        for size in [0, 7, PART, 2 * PART + 1] {
            let plaintext = vec![7; size];
            let envelope = seal_envelope(kem, &public, &plaintext)?;
            all.push(json!({"kind": "envelope", "algorithm": kem.name, "secret_key": secret_key,
                            "context": hex::encode(CONTEXT), "associated": hex::encode(MESSAGE),
                            "plaintext": hex::encode(plaintext), "envelope": hex::encode(envelope)}));
        }
    }
    for scheme in &SCHEMES {
        let seed = &random::<64>()[..scheme.seed_bytes];
        let context = if scheme.takes_context { CONTEXT } else { &[] };
        let public_key = hex::encode((scheme.public)(seed)?);
        all.push(json!({"kind": "keypair", "algorithm": scheme.name, "secret_key": hex::encode(seed),
                        "public_key": public_key}));
        all.push(json!({"kind": "signature", "algorithm": scheme.name, "public_key": public_key,
                        "message": hex::encode(MESSAGE), "context": hex::encode(context),
                        "signature": hex::encode((scheme.sign)(seed, MESSAGE, context)?)}));
    }
    let (key, nonce) = (random::<32>(), random::<12>());
    let sealed = Aes256Gcm::new_from_slice(&key)?
        .encrypt(Nonce::from_slice(&nonce), Payload { msg: MESSAGE, aad: CONTEXT })
        .map_err(|_| anyhow!("AES-GCM"))?;
    all.push(json!({"kind": "aead", "algorithm": "aes-256-gcm", "key": hex::encode(key),
                    "nonce": hex::encode(nonce), "associated": hex::encode(CONTEXT),
                    "plaintext": hex::encode(MESSAGE), "sealed": hex::encode(sealed)}));
    Ok(all)
}

fn main() -> Result<()> {
    let files: Vec<String> = env::args().skip(1).collect();
    let [ours, target] = &files[..] else { bail!("usage: interop OURS.json THEIRS.json") };
    let artefacts: Vec<Value> = serde_json::from_str(&fs::read_to_string(ours)?)?;
    let mut counts = BTreeMap::new();
    let mut wrong = 0;
    for artefact in &artefacts {
        let (kind, algorithm) = (artefact["kind"].as_str(), artefact["algorithm"].as_str());
        match check(artefact) {
            Ok(None) => continue,
            Ok(Some(true)) => {}
            Ok(Some(false)) => {
                wrong += 1;
                println!("wrong: {kind:?} of {algorithm:?}");
            }
            Err(error) => {
                wrong += 1;
                println!("wrong: {kind:?} of {algorithm:?}: {error}");
            }
        }
        *counts.entry(kind.unwrap_or_default()).or_insert(0) += 1;
    }
    for (kind, count) in &counts {
        println!("{kind}: {count}");
    }
    fs::write(target, serde_json::to_string(&theirs()?)?)?;
    process::exit(if wrong == 0 && !counts.is_empty() { 0 } else { 1 });
}
