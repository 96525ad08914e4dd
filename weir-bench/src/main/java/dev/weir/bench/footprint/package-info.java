/** How little memory a process with a small job needs: the job. The command is {@code bench/footprint}. */
@NullMarked
package dev.weir.bench.footprint;

import org.jspecify.annotations.NullMarked;
