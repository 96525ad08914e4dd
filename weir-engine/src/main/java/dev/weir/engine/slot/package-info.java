/**
 * Slots: the places that subtasks come back to, since their local state is there.
 *
 * <p>Start with {@link dev.weir.engine.slot.SlotTable}. Pure; imports nothing.
 */
@NullMarked
package dev.weir.engine.slot;

import org.jspecify.annotations.NullMarked;
