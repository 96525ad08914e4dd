package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.jspecify.annotations.Nullable;

/** Tells from a value's serializer whether the engine may keep values as words. */
final class Words {

    // Types of the JDK's and Flink's only: nothing of a job is kept.
    private static final ConcurrentHashMap<Shape, FlatValues<?>> MADE = new ConcurrentHashMap<>();

    private record Shape(@Nullable Class<?> tuple, List<Word> words, int stringAt) {}

    private Words() {}

    /** Values of an immutable type as words; null where the serializer is not exactly that of a boxed primitive. */
    static <V> @Nullable FlatValues<V> ofImmutable(TypeSerializer<V> serializer) {
        Word word = Word.of(serializer);
        return word == null ? null : of(new Shape(null, List.of(word), -1));
    }

    /**
     * Values as words where whoever changes one stores it again: boxed primitives, and Flink's own tuples of them and at most
     * one string.
     *
     * @return null for all other types
     */
    static <V> @Nullable FlatValues<V> ofStored(TypeSerializer<V> serializer) {
        return serializer.getClass() == TupleSerializer.class
                ? ofTuple((TupleSerializer<?>) serializer)
                : ofImmutable(serializer);
    }

    /** The same where a value is its words and nothing else, else null. */
    static <V> @Nullable FlatValues<V> alone(@Nullable FlatValues<V> values) {
        return values == null || values.hasPart() ? null : values;
    }

    private static <V> @Nullable FlatValues<V> ofTuple(TupleSerializer<?> serializer) {
        TypeSerializer<?>[] fields = serializer.getFieldSerializers();
        Class<?> type = serializer.getTupleClass();
        if (fields.length == 0 || type != Tuple.getTupleClass(fields.length)) {
            return null;
        }
        List<Word> words = new ArrayList<>();
        int stringAt = -1;
        for (int i = 0; i < fields.length; i++) {
            Word word = Word.of(fields[i]);
            if (word != null) {
                words.add(word);
            } else if (stringAt < 0 && fields[i].getClass() == StringSerializer.class) {
                stringAt = i;
            } else {
                return null;
            }
        }
        return words.isEmpty() ? null : of(new Shape(type, List.copyOf(words), stringAt));
    }

    @SuppressWarnings("unchecked") // a shape stands for a type
    private static <V> FlatValues<V> of(Shape shape) {
        return (FlatValues<V>)
                MADE.computeIfAbsent(shape, made -> WordsClass.make(made.tuple(), made.words(), made.stringAt()));
    }
}
