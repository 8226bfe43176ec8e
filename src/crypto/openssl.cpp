#include "crypto/openssl.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

namespace synapsed::crypto {

OSSL_LIB_CTX* library() {
  static OSSL_LIB_CTX* const context = [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
    if (made == nullptr) std::abort();
    return made;
  }();
  return context;
}

Error engine_fault(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return Error(ErrorCode::kEngineFault,
               fmt::format("{} failed{}{}", what, reason == nullptr ? "" : ": ",
                           reason == nullptr ? "" : reason));
}

}  // namespace synapsed::crypto
