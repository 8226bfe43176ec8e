// A guest with debug information that traps on a known line.

static void check(int value) {
  if (value == 0) __builtin_trap();
}

__attribute__((export_name("crash"))) void crash(int value) { check(value); }
