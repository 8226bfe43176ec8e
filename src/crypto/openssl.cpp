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

EvpKey key_from_data(const char* name, int selection, OSSL_PARAM* parameters) {
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(library(), name, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parameters) != 1) {
    return nullptr;
  }
  return EvpKey(key);
}

bool is_on_curve(const EVP_PKEY* key, std::string_view curve) {
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        nullptr) == 1 &&
         std::string_view(group.data()) == curve;
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
