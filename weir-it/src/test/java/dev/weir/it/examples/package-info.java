/**
 * The examples that Flink publishes, as whole processes of {@code weir run}, against what Flink printed. Start reading at
 * {@code ExamplesIT}.
 */
@NullMarked
package dev.weir.it.examples;

import org.jspecify.annotations.NullMarked;
