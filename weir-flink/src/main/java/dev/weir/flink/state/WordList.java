package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.PackedValue;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A list of boxed primitives, kept as words side by side: no object for an element, and no reference that the collector has to
 * hear of when one is added. Handed out to no user; grows at its end.
 */
final class WordList<E> extends AbstractList<E> implements RandomAccess, OwnCopy<WordList<E>>, PackedValue {
    private static final int CAPACITY_FIRST = 4;
    private static final int OBJECT_BYTES = 48; // with the header of the array

    private final FlatValues<E> shape;
    private long[] words;
    private int size;

    WordList(FlatValues<E> shape) {
        this(shape, new long[CAPACITY_FIRST], 0);
    }

    private WordList(FlatValues<E> shape, long[] words, int size) {
        this.shape = shape;
        this.words = words;
        this.size = size;
    }

    /** How the elements of a state's lists are words; null where they are not. */
    @SuppressWarnings("unchecked") // the values of a list state are lists
    static <E> @Nullable FlatValues<E> shapeOf(TypeSerializer<?> lists) {
        // with TTL, elements are wrapped
        return lists instanceof ListSerializer<?> serializer
                ? Words.ofImmutable(((ListSerializer<E>) serializer).getElementSerializer())
                : null;
    }

    /** The same elements as words; the list itself where one of them is none. */
    static <E> List<E> of(List<E> elements, FlatValues<E> shape) {
        WordList<E> list = new WordList<>(shape, new long[Math.max(CAPACITY_FIRST, elements.size())], 0);
        for (E element : elements) {
            if (!list.append(element)) {
                return elements;
            }
        }
        return list;
    }

    /** Adds an element at the end; false, and nothing is done, where it is not of the type. */
    boolean append(@Nullable E element) {
        if (element == null || !shape.fits(element)) {
            return false;
        }
        if (size == words.length) {
            words = Arrays.copyOf(words, size + (size >> 1) + 1);
        }
        shape.write(element, words, size++);
        modCount++;
        return true;
    }

    @Override
    public E get(int index) {
        return shape.read(words, Objects.checkIndex(index, size));
    }

    @Override
    public int size() {
        return size;
    }

    /** {@inheritDoc} At the end. */
    @Override
    public void add(int index, E element) {
        if (index != size || !append(element)) {
            throw new UnsupportedOperationException("index=" + index + " of a list with size=" + size);
        }
    }

    @Override
    public WordList<E> copy() {
        return new WordList<>(shape, Arrays.copyOf(words, Math.max(CAPACITY_FIRST, size)), size);
    }

    @Override
    public long heapBytes() {
        return OBJECT_BYTES + 8L * words.length;
    }

    /** {@inheritDoc} Where the next element goes. */
    @Override
    public long touch() {
        return words[Math.min(size, words.length - 1)];
    }
}
