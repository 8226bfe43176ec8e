// A guest in C without the SDK, and without a C library: what a module has to do itself. See
// docs/guide/other-languages.md. Built by
//
//   clang-19 --target=wasm32 -O2 -nostdlib -Wl,--no-entry,--stack-first -o greet.wasm greet.c

typedef unsigned char u8;
typedef __SIZE_TYPE__ size;

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536

// The interface: text in a custom section.
__asm__(
    ".section \".custom_section.synapsed:interface\",\"\",@\n"
    ".ascii \"greet: func(name: string) -> string;\\n\"\n"
    ".ascii \"add: func(left: s32, right: s32) -> s32;\\n\"\n");

// The allocator. This one only moves forward and starts again when a call is over, which is enough
// for functions that keep nothing.
extern u8 __heap_base;
static size next;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size old_size, size align, size new_size) {
  size block = ((next ? next : (size)&__heap_base) + align - 1) & ~(align - 1);
  size end = block + new_size;
  size have = __builtin_wasm_memory_size(0) * PAGE;
  if (end < block) __builtin_trap();
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (size)-1) {
    __builtin_trap();
  }
  for (size i = 0; i < old_size && i < new_size; ++i) ((u8 *)block)[i] = ((u8 *)old)[i];
  next = end;
  return (void *)block;
}

// A string is an address and a number of bytes: two parameters, or, as a result, two numbers in
// memory whose address is returned.
struct string {
  const u8 *bytes;
  size length;
};
static struct string result;

static size append(u8 *to, const u8 *from, size length) {
  for (size i = 0; i < length; ++i) to[i] = from[i];
  return length;
}

EXPORT("greet") struct string *greet(const u8 *name, size length) {
  static const u8 hello[] = "Hello, ";
  u8 *text = cabi_realloc(0, 0, 1, sizeof hello - 1 + length + 1);
  size end = append(text, hello, sizeof hello - 1);
  end += append(text + end, name, length);
  text[end++] = '!';
  result.bytes = text;
  result.length = end;
  return &result;
}

// Called when the host has read the result.
EXPORT("cabi_post_greet") void post_greet(struct string *read) {
  (void)read;
  next = 0;
}

EXPORT("add") int add(int left, int right) { return left + right; }
