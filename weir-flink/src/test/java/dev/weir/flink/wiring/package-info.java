/** The engine's wiring of edges against Flink's. */
@NullMarked
package dev.weir.flink.wiring;

import org.jspecify.annotations.NullMarked;
