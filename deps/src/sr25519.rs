//! sr25519 by the crate `schnorrkel`, for the functions of `synapsed_deps.h`.

use schnorrkel::context::{SigningContext, attach_rng, signing_context};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, PublicKey, Signature};
use std::slice;

/// # Safety
/// `data` points to `len` readable bytes; it may be anything when `len` is zero.
unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    if len == 0 { &[] } else { unsafe { slice::from_raw_parts(data, len) } }
}

fn keypair(secret: &[u8; 32]) -> Keypair {
    MiniSecretKey::from_bytes(secret)
        .expect("any 32 bytes are a mini secret")
        .expand_to_keypair(ExpansionMode::Ed25519)
}

/// The caller's random bytes, which are as many as a signature takes.
struct Given([u8; 32]);

impl rand_core::RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }
    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }
    fn fill_bytes(&mut self, target: &mut [u8]) {
        assert!(target.len() <= self.0.len(), "a signature takes 32 random bytes");
        target.copy_from_slice(&self.0[..target.len()]);
    }
    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(target);
        Ok(())
    }
}
impl rand_core::CryptoRng for Given {}

/// See `synapsed_deps.h`.
#[unsafe(no_mangle)]
pub extern "C" fn synapsed_sr25519_public(secret: &[u8; 32], public_key: &mut [u8; 32]) {
    *public_key = keypair(secret).public.to_bytes();
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `context` and `message` point to as many readable bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_sr25519_sign(
    secret: &[u8; 32],
    context: *const u8,
    context_len: usize,
    message: *const u8,
    message_len: usize,
    random: &[u8; 32],
    signature: &mut [u8; 64],
) {
    let context: SigningContext = signing_context(unsafe { bytes(context, context_len) });
    let transcript = context.bytes(unsafe { bytes(message, message_len) });
    *signature = keypair(secret).sign(attach_rng(transcript, Given(*random))).to_bytes();
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// As `synapsed_sr25519_sign`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_sr25519_verify(
    public_key: &[u8; 32],
    context: *const u8,
    context_len: usize,
    message: *const u8,
    message_len: usize,
    signature: &[u8; 64],
) -> bool {
    let (Ok(public_key), Ok(signature)) =
        (PublicKey::from_bytes(public_key), Signature::from_bytes(signature))
    else {
        return false;
    };
    let context = signing_context(unsafe { bytes(context, context_len) });
    let transcript = context.bytes(unsafe { bytes(message, message_len) });
    public_key.verify(transcript, &signature).is_ok()
}

/// See `synapsed_deps.h`.
#[unsafe(no_mangle)]
pub extern "C" fn synapsed_sr25519_is_public(public_key: &[u8; 32]) -> bool {
    PublicKey::from_bytes(public_key).is_ok()
}
