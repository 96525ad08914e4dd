/**
 * What each of Flink's option keys means on Weir: none is ignored in silence.
 *
 * <p>Start reading at {@link dev.weir.flink.config.Verdicts}; what it says is in {@code verdicts.txt} beside it, to be read by
 * people. Owned by no thread. May import Flink's configuration, and the packages that have options of Weir's own.
 */
@NullMarked
package dev.weir.flink.config;

import org.jspecify.annotations.NullMarked;
