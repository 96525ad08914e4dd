package dev.weir.engine.state;

/**
 * Told now and then before a key is selected, while the previous one is still selected: nobody uses its values any more. For the
 * subtask's thread.
 */
@FunctionalInterface
public interface SelectionListener {

    /**
     * Does what there is to do. May not select a key.
     *
     * @return how many selections later it is told again, at least 1
     */
    int beforeSelection();
}
