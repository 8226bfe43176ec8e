#pragma once

/// \file
/// Declarations in the section `synapsed:interface`, and messages of the compiler that say what
/// does not fit them. Clang 19 shows template arguments, each up to 32 characters, and takes no
/// computed message in `static_assert`; so a fault has three parts.

#include <cstddef>
#include <string>

namespace synapsed::guest {

/// What is wrong with a declaration; nothing when `place` is empty.
struct Fault {
  std::string place;
  std::string text;  ///< what the text says
  std::string type;  ///< what the C++ says
};

template <std::size_t kLength>
struct Message {
  char text[kLength + 1]{};
  consteval explicit Message(const std::string& from) {
    for (std::size_t i = 0; i < kLength; ++i) text[i] = from[i];
    text[kLength] = '\0';  // written, or Clang does not take some lengths for text
  }
};

template <Message kPlace, Message kText, Message kType>
struct Agreement {
  static_assert(sizeof(kPlace.text) == 1,
                "the declaration's text and the C++ disagree; the next line says where");
  static constexpr bool kChecked = true;
};

}  // namespace synapsed::guest

/// Does not compile unless the expression `fault` is an empty `Fault`.
#define SYNAPSED_CHECK(fault)                                                    \
  static_assert(::synapsed::guest::Agreement<                                    \
                ::synapsed::guest::Message<(fault).place.size()>((fault).place), \
                ::synapsed::guest::Message<(fault).text.size()>((fault).text),   \
                ::synapsed::guest::Message<(fault).type.size()>((fault).type)>::kChecked);

/// Adds a line to the section. In a group of its own, so that lines keep the order of the source
/// and one that several files hold is there once.
#define SYNAPSED_DECLARE(group, line)                                           \
  asm(".section \".custom_section.synapsed:interface\",\"G\",@,synapsed_" group \
      ",comdat\n.ascii \"" line "\\n\"\n");
