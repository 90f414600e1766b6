"""A procedural dancer: footage of synthetic people with an exact truth, from numpy and OpenCV alone.

The stages, in the order in which data flows through them:

    characters              who dances: proportions, looks and clothes, and the skeleton
    body, mesh, paint       their surface: fields, one mesh skinned to the skeleton, its colours
    moves, motion           what is danced: moves on a beat, planted feet, joint rotations
    scene                   where: camera, room, light
    render                  how it looks: z-buffer, shadows, shading, noise
    truth                   what is known exactly: the 137 joints, their visibility
    clip                    all of it from a seed to a video with its truth

Conventions everywhere: metres; y is up, the floor is y = 0, the camera looks towards -z; a dancer with yaw 0
faces the camera; "L" is the dancer's own left, at +x. Angles are radians unless a name says otherwise. Arrays of
points are (..., 3). Colours are sRGB in [0, 1].
"""
