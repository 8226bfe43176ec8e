// A guest in AssemblyScript: what its own strings, which are UTF-16, need at the border.

/** The canonical ABI's allocator. Blocks are the guest's; `greet` frees its parameter. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, newSize: usize): usize {
  return oldSize == 0 ? heap.alloc(newSize) : heap.realloc(old, newSize);
}

// Where a string result lies: its address and its length.
const area = memory.data(8);

function lower(text: string): usize {
  const size = String.UTF8.byteLength(text);
  const bytes = heap.alloc(size);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, bytes);
  store<usize>(area, bytes);
  store<usize>(area, size, 4);
  return area;
}

export function greet(name: usize, size: usize): usize {
  const text = String.UTF8.decodeUnsafe(name, size);
  heap.free(name);
  return lower("Hello, " + text + "!");
}

export function cabi_post_greet(result: usize): void {
  heap.free(load<usize>(result));
}

export function add(left: i32, right: i32): i32 {
  return left + right;
}
