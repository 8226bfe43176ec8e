// A tokenizer of JSON: for each byte a switch over the state and one over its class, a call for each
// token that ends.
#include "kernel.h"

enum { kTextBytes = 1 << 16, kTokens = 4096 };
enum Class { kSpace, kDigit, kLetter, kQuote, kMark };
enum State { kBetween, kNumber, kWord, kText, kEscaped };
typedef struct {
  u32 kind, begin, bytes;
} Token;
static u8 text[kTextBytes];
static Token tokens[kTokens];
static u32 count;

static const char piece[] =
    "{\"name\": \"a \\\"text\\\" of some words\", \"size\": [10, 2.5e3, null], \"on\": true} ";

__attribute__((noinline)) static void append(u32 kind, u32 begin, u32 end) {
  tokens[count++ % kTokens] = (Token){kind, begin, end - begin};
}

static enum Class class_of(u8 byte) {
  switch (byte) {
    case ' ': case '\n': case '\t': return kSpace;
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
    case '.': case '-': return kDigit;
    case '"': return kQuote;
    case '{': case '}': case '[': case ']': case ':': case ',': return kMark;
    default: return kLetter;
  }
}

__attribute__((noinline)) static void read(u32 bytes) {
  enum State state = kBetween;
  u32 begin = 0;
  for (u32 at = 0; at < bytes; ++at) {
    const u8 byte = text[at];
    switch (state) {
      case kEscaped: state = kText; continue;
      case kText:
        if (byte == '\\') state = kEscaped;
        if (byte != '"') continue;
        append(kText, begin, at);
        state = kBetween;
        continue;
      case kNumber:
        if (class_of(byte) == kDigit || class_of(byte) == kLetter) continue;
        append(kNumber, begin, at);
        break;
      case kWord:
        if (class_of(byte) == kLetter) continue;
        append(kWord, begin, at);
        break;
      case kBetween: break;
    }
    state = kBetween;
    switch (class_of(byte)) {
      case kSpace: break;
      case kDigit: state = kNumber; begin = at; break;
      case kLetter: state = kWord; begin = at; break;
      case kQuote: state = kText; begin = at + 1; break;
      case kMark: append(byte, at, at + 1); break;
    }
  }
}

KERNEL {
  for (u32 i = 0; i < kTextBytes; ++i) text[i] = (u8)piece[i % (sizeof(piece) - 1)];
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    read(kTextBytes - round % 64);
    for (u32 i = 0; i < kTokens; ++i) sum = sum * 31 + tokens[i].kind + tokens[i].bytes;
  }
  return sum;
}
