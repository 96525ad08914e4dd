package dev.weir.flink.record;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.java.tuple.Tuple0;

/** Looks at object graphs field by field, transient fields included. */
final class Graphs {
    private Graphs() {}

    /** Where the graphs differ, or null if they do not. */
    static String difference(String path, Object left, Object right) {
        if (left == right) {
            return null;
        }
        if (left == null || right == null || left.getClass() != right.getClass()) {
            return path + ": " + describe(left) + " and " + describe(right);
        }
        if (left.getClass().isArray()) {
            return arrayDifference(path, left, right);
        }
        if (isImmutable(left) || left instanceof Date) {
            return left.equals(right) ? null : path + ": " + left + " and " + right;
        }
        if (left instanceof Map<?, ?> map) {
            return itemDifference(path, map.entrySet(), ((Map<?, ?>) right).entrySet());
        }
        if (left instanceof Map.Entry<?, ?> entry) {
            Map.Entry<?, ?> other = (Map.Entry<?, ?>) right;
            String inKey = difference(path + ".key", entry.getKey(), other.getKey());
            return inKey != null ? inKey : difference(path + ".value", entry.getValue(), other.getValue());
        }
        if (left instanceof Collection<?> items) {
            return itemDifference(path, items, (Collection<?>) right);
        }
        if (left instanceof BigDecimal && !left.equals(right)) {
            return path + ": " + left + " and " + right;
        }
        return fieldDifference(path, left, right);
    }

    private static String arrayDifference(String path, Object left, Object right) {
        int length = Array.getLength(left);
        if (length != Array.getLength(right)) {
            return path + ": lengths " + length + " and " + Array.getLength(right);
        }
        for (int i = 0; i < length; i++) {
            String found = difference(path + "[" + i + "]", Array.get(left, i), Array.get(right, i));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static String itemDifference(String path, Collection<?> left, Collection<?> right) {
        if (left.size() != right.size()) {
            return path + ": sizes " + left.size() + " and " + right.size();
        }
        Iterator<?> others = right.iterator();
        int i = 0;
        for (Object item : left) {
            String found = difference(path + "[" + i++ + "]", item, others.next());
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static String fieldDifference(String path, Object left, Object right) {
        for (Class<?> type = left.getClass(); type.getClassLoader() != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                String found = difference(path + "." + field.getName(), read(field, left), read(field, right));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** A mutable object both graphs reach, or null. */
    static Object shared(Object left, Object right) {
        Set<Object> reached = Collections.newSetFromMap(new IdentityHashMap<>());
        reach(left, reached);
        Set<Object> others = Collections.newSetFromMap(new IdentityHashMap<>());
        reach(right, others);
        for (Object other : others) {
            if (reached.contains(other)) {
                return other;
            }
        }
        return null;
    }

    private static void reach(Object from, Set<Object> reached) {
        if (from == null || isImmutable(from) || !reached.add(from)) {
            return;
        }
        if (from.getClass().isArray()) {
            for (int i = 0; i < Array.getLength(from); i++) {
                reach(Array.get(from, i), reached);
            }
        } else if (from instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                reach(key, reached);
                reach(value, reached);
            });
        } else if (from instanceof Collection<?> items) {
            items.forEach(item -> reach(item, reached));
        } else if (!(from instanceof Date)) {
            for (Class<?> type = from.getClass(); type.getClassLoader() != null; type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    // The names of a row are shared by its serializer with all rows.
                    if (!Modifier.isStatic(field.getModifiers())
                            && !field.getName().equals("positionByName")) {
                        reach(read(field, from), reached);
                    }
                }
            }
        }
    }

    private static Object read(Field field, Object of) {
        try {
            field.setAccessible(true);
            return field.get(of);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isImmutable(Object value) {
        return value instanceof String
                || value instanceof Boolean
                || value instanceof Character
                || (value instanceof Number && value.getClass().getName().startsWith("java.lang"))
                || value.getClass() == BigDecimal.class
                || value.getClass() == BigInteger.class
                || value instanceof Temporal
                || value instanceof Enum
                || value instanceof Class
                || (value.getClass().isArray() && Array.getLength(value) == 0)
                || value == Tuple0.INSTANCE;
    }

    private static String describe(Object value) {
        return value == null ? "null" : value.getClass().getName() + " " + value;
    }
}
