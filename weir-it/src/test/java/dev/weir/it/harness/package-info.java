/**
 * Runs the programs of the differential suite on a host and compares what they say with the stored answers of Flink.
 *
 * <p>A {@link dev.weir.it.harness.Program} is an ordinary Flink program; a {@link dev.weir.it.harness.Host} is a
 * runtime (Flink's MiniCluster, or Weir); a {@link dev.weir.it.harness.Golden} is the stored answer. Programs report on a
 * {@link dev.weir.it.harness.Board}. Start reading at {@link dev.weir.it.harness.Run}. May import Flink's public API; only
 * {@code MiniClusterHost} touches Flink's runtime.
 */
@NullMarked
package dev.weir.it.harness;

import org.jspecify.annotations.NullMarked;
