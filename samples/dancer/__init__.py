"""A procedural dancer: footage of synthetic people with an exact truth, from numpy and OpenCV alone.

The stages, in the order in which data flows through them:

    characters -> head, body      who dances: proportions and clothes, then one mesh skinned to a skeleton
    motion                        what is danced: moves on a beat, planted feet, joint rotations
    scene                         where: camera, room, light
    paint, render                 how it looks: surface colours, z-buffer, shadows, noise
    truth                         what is known exactly: the 137 joints, their visibility

Conventions everywhere: metres; y is up, the floor is y = 0, the camera looks towards -z; a dancer with yaw 0
faces the camera; "L" is the dancer's own left, at +x. Angles are radians unless a name says otherwise. Arrays of
points are (..., 3). Colours are sRGB in [0, 1].
"""
