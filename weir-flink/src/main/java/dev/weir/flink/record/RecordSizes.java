package dev.weir.flink.record;

import dev.weir.engine.exchange.RecordSize;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.RowSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.Row;
import org.jspecify.annotations.Nullable;

/**
 * What records take while they are in flight, by their serializers: exact for what is of one length, for strings and arrays,
 * and for tuples, rows and collections of such; else the mean of those that were serialized to see, a few at first and then
 * one in {@value #SAMPLE_EVERY}. To each object {@value #OBJECT_BYTES} bytes are added for what the heap has and its bytes have not.
 */
public final class RecordSizes {
    static final int SAMPLE_EVERY = 256;
    static final int OBJECT_BYTES = 16;
    private static final int SAMPLED_FIRST = 8;
    private static final int ELEMENT_BYTES = 8;

    private RecordSizes() {}

    /** For one writer. Knows what goes over an edge of rows too: their parts, which are strings, and {@link Whole} records. */
    public static RecordSize of(TypeSerializer<?> serializer) {
        RecordSize size = ofValue(serializer);
        return value -> {
            if (value instanceof String string) {
                return OBJECT_BYTES + string.length();
            }
            return value instanceof Whole whole ? size.bytes(whole.value()) : size.bytes(value);
        };
    }

    private static RecordSize ofValue(TypeSerializer<?> serializer) {
        if (serializer.getLength() >= 0) {
            int bytes = OBJECT_BYTES + serializer.getLength();
            return value -> bytes;
        }
        if (serializer instanceof StringSerializer) {
            return value -> value instanceof String string ? OBJECT_BYTES + string.length() : OBJECT_BYTES;
        }
        if (serializer instanceof BytePrimitiveArraySerializer) {
            return value -> value instanceof byte[] array ? OBJECT_BYTES + array.length : OBJECT_BYTES;
        }
        if (serializer instanceof NullableSerializer<?> nullable) {
            return ofValue(SerializerParts.nonNull(nullable));
        }
        if (serializer.getClass() == TupleSerializer.class) {
            return ofTuple(of(((TupleSerializer<?>) serializer).getFieldSerializers()));
        }
        if (serializer.getClass() == RowSerializer.class) {
            return ofRow(of(SerializerParts.OfRow.of((RowSerializer) serializer).fieldSerializers()));
        }
        if (serializer.getClass() == PojoSerializer.class) {
            return ofPojo(SerializerParts.Pojo.of((PojoSerializer<?>) serializer), new Sampled(serializer.duplicate()));
        }
        if (serializer instanceof ListSerializer<?> list) {
            return ofCollection(list.getElementSerializer());
        }
        if (serializer instanceof MapSerializer<?, ?> map) {
            return ofMap(map);
        }
        return new Sampled(serializer.duplicate());
    }

    private static RecordSize[] of(TypeSerializer<?>[] fields) {
        RecordSize[] sizes = new RecordSize[fields.length];
        for (int i = 0; i < fields.length; i++) {
            sizes[i] = ofValue(fields[i]);
        }
        return sizes;
    }

    private static RecordSize ofTuple(RecordSize[] fields) {
        return value -> {
            long sum = OBJECT_BYTES;
            // what is not of the type has its own way through the exchange
            if (value instanceof Tuple tuple && tuple.getArity() == fields.length) {
                for (int i = 0; i < fields.length; i++) {
                    sum += fields[i].bytes(tuple.getField(i));
                }
            }
            return bounded(sum);
        };
    }

    private static RecordSize ofRow(RecordSize[] fields) {
        return value -> {
            long sum = OBJECT_BYTES;
            if (value instanceof Row row && row.getArity() == fields.length && row.getFieldNames(false) == null) {
                for (int i = 0; i < fields.length; i++) {
                    sum += fields[i].bytes(row.getField(i));
                }
            }
            return bounded(sum);
        };
    }

    /** By the fields that are of no one length; subclasses and classes that have changed are sampled. */
    private static RecordSize ofPojo(SerializerParts.Pojo pojo, RecordSize others) {
        List<Field> open = new ArrayList<>();
        List<RecordSize> sizes = new ArrayList<>();
        int closed = OBJECT_BYTES;
        for (int i = 0; i < pojo.fieldSerializers().length; i++) {
            Field field = pojo.fields()[i];
            TypeSerializer<?> serializer = pojo.fieldSerializers()[i];
            if (serializer.getLength() >= 0) {
                closed += ELEMENT_BYTES + serializer.getLength();
            } else if (field == null || !field.trySetAccessible()) {
                return others;
            } else {
                open.add(field);
                sizes.add(ofValue(serializer));
            }
        }
        int fixed = closed;
        return value -> {
            if (value == null || value.getClass() != pojo.type()) {
                return others.bytes(value);
            }
            long sum = fixed;
            for (int i = 0; i < open.size(); i++) {
                sum += sizes.get(i).bytes(read(open.get(i), value));
            }
            return bounded(sum);
        };
    }

    private static @Nullable Object read(Field field, Object record) {
        try {
            return field.get(record);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " was accessible", e);
        }
    }

    private static RecordSize ofCollection(TypeSerializer<?> elements) {
        RecordSize size = ofValue(elements);
        boolean same = elements.getLength() >= 0;
        return value -> {
            if (!(value instanceof Collection<?> collection)) {
                return OBJECT_BYTES;
            }
            if (same) {
                return bounded(OBJECT_BYTES + (long) collection.size() * (ELEMENT_BYTES + size.bytes(null)));
            }
            long sum = OBJECT_BYTES;
            for (Object element : collection) {
                sum += ELEMENT_BYTES + size.bytes(element);
            }
            return bounded(sum);
        };
    }

    private static RecordSize ofMap(MapSerializer<?, ?> serializer) {
        RecordSize keys = ofValue(serializer.getKeySerializer());
        RecordSize values = ofValue(serializer.getValueSerializer());
        return value -> {
            long sum = OBJECT_BYTES;
            if (value instanceof Map<?, ?> map) {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    sum += 2 * ELEMENT_BYTES + keys.bytes(entry.getKey()) + values.bytes(entry.getValue());
                }
            }
            return bounded(sum);
        };
    }

    private static int bounded(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE / 2, bytes);
    }

    /** The moving mean of what records were when they were serialized. */
    private static final class Sampled implements RecordSize {
        private static final double WEIGHT = 0.25;

        private final TypeSerializer<Object> serializer;
        private double mean;
        private int seen;
        private int untilNext;

        @SuppressWarnings("unchecked") // asked for values of its type only
        Sampled(TypeSerializer<?> serializer) {
            this.serializer = (TypeSerializer<Object>) serializer;
        }

        @Override
        public int bytes(@Nullable Object value) {
            if (untilNext > 0) {
                untilNext--;
            } else if (value != null) {
                sample(value);
            }
            return OBJECT_BYTES + (int) mean;
        }

        private void sample(Object value) {
            DataOutputSerializer bytes = new DataOutputSerializer(64);
            try {
                serializer.serialize(value, bytes);
            } catch (IOException | RuntimeException e) {
                // what cannot be serialized now could not before, and the copier has an answer to that
            }
            int length = bytes.length();
            mean = seen == 0 ? length : mean + WEIGHT * (length - mean);
            untilNext = ++seen < SAMPLED_FIRST ? 0 : SAMPLE_EVERY - 1;
        }
    }
}
