/**
 * Random jobs, run in several ways whose answers must not differ: with native twins and with Flink's operators, interleaved
 * as a seed says; and on Flink itself. Start reading at {@code NativeAgainstHostedTest}.
 */
@NullMarked
package dev.weir.flink.differential;

import org.jspecify.annotations.NullMarked;
