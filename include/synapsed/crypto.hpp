#pragma once

/// \file
/// Everything of the capability `crypto`. Owned by the room `guests`, which lies above the others
/// that have a part in it.

#include <synapsed/crypto_envelope.hpp>
#include <synapsed/crypto_host.hpp>
#include <synapsed/crypto_keys.hpp>
#include <synapsed/crypto_keystore.hpp>
#include <synapsed/crypto_modules.hpp>
#include <synapsed/crypto_primitives.hpp>
