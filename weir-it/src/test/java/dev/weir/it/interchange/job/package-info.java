/**
 * The program that is moved between Flink and Weir: one of every kind of state, and what it writes told to the {@code Desk} of
 * the test. Packed into a jar for Flink's processes, so it imports Flink and the JDK only. Start reading at {@code Journey}.
 */
@NullMarked
package dev.weir.it.interchange.job;

import org.jspecify.annotations.NullMarked;
