package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.PackedValue;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * A list of values that are words, kept side by side: no object for an element, and no reference that the collector has to
 * hear of when one is added. Reads make fresh elements. Handed out to no user; grows at its end.
 */
public final class WordList<E> extends AbstractList<E> implements RandomAccess, OwnCopy<WordList<E>>, PackedValue {
    private static final int CAPACITY_FIRST = 4;
    private static final int OBJECT_BYTES = 48; // with the header of the array

    private final FlatValues<E> shape;
    private final int width;
    private long[] words;
    private int size;

    /** Whether a copy goes on in the array, behind the elements that both have. */
    private boolean shared;

    /** @param shape of elements that have no part */
    public WordList(FlatValues<E> shape) {
        this(shape, new long[CAPACITY_FIRST * shape.words()], 0);
    }

    private WordList(FlatValues<E> shape, long[] words, int size) {
        this.shape = shape;
        this.width = shape.words();
        this.words = words;
        this.size = size;
    }

    /** The same elements as words; the list itself where one of them is none. */
    static <E> List<E> of(List<E> elements, FlatValues<E> shape) {
        WordList<E> list =
                new WordList<>(shape, new long[Math.max(CAPACITY_FIRST, elements.size()) * shape.words()], 0);
        for (E element : elements) {
            if (!list.append(element)) {
                return elements;
            }
        }
        return list;
    }

    /** A list with one more element, the same one if that can be: words are of one type, which others may have to join. */
    public static <E> List<E> with(List<E> list, E element) {
        if (list instanceof WordList<E> words && words.append(element)) {
            return list;
        }
        List<E> ofAny = list instanceof WordList<E> ? new ArrayList<>(list) : list;
        ofAny.add(element);
        return ofAny;
    }

    /** Adds an element at the end; false, and nothing is done, where it is not of the type. */
    boolean append(@Nullable E element) {
        if (element == null || !shape.fits(element)) {
            return false;
        }
        int at = size * width;
        if (shared || at == words.length) {
            words = Arrays.copyOf(words, at + width * Math.max(CAPACITY_FIRST, size >> 1));
            shared = false;
        }
        shape.write(element, words, at);
        size++;
        modCount++;
        return true;
    }

    @Override
    public E get(int index) {
        return shape.read(words, Objects.checkIndex(index, size) * width);
    }

    @Override
    public Object[] toArray() {
        Object[] elements = new Object[size];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = shape.read(words, i * width);
        }
        return elements;
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

    /** {@inheritDoc} The first copy shares the array, since elements only ever come behind: a cut costs no more than an object. */
    @Override
    public WordList<E> copy() {
        if (shared) {
            return new WordList<>(shape, Arrays.copyOf(words, Math.max(CAPACITY_FIRST, size) * width), size);
        }
        shared = true;
        return new WordList<>(shape, words, size);
    }

    @Override
    public long heapBytes() {
        return OBJECT_BYTES + 8L * words.length;
    }

    /** {@inheritDoc} Where the next element goes. */
    @Override
    public long touch() {
        return words[Math.min(size * width, words.length - 1)];
    }
}
