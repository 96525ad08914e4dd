/**
 * Copiers: how the receiver of a record comes to own it without the record going through bytes.
 *
 * <p>Two laws, see {@link dev.weir.flink.record.CopyLaw}. Between subtasks {@code copy(x)} equals what Flink's network
 * would have delivered, {@code deserialize(serialize(x))}; between chained operators it equals {@code serializer.copy(x)}.
 * Where generated code cannot be shown to follow the law, the serializer itself is asked; when generated code throws,
 * the serializer is asked again and its answer, usually an exception, is the one given.
 *
 * <p>Threads: a copier belongs to one subtask and one edge, and is used by that subtask's thread alone. Nothing here is
 * kept in static fields, and generated classes are hidden classes owned by their copier, so that dropping the copiers
 * of a job lets go of its class loader.
 *
 * <p>Imports: the engine's {@code Copier}, Flink's core types, ASM as shaded by Flink. Start reading at
 * {@link dev.weir.flink.record.Copiers}, then {@link dev.weir.flink.record.CopyBuilder}.
 */
@NullMarked
package dev.weir.flink.record;

import org.jspecify.annotations.NullMarked;
